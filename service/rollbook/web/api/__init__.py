"""The API over HTTP: JSON and CSV for programs; `openapi.json` describes it.

upload         the import of a file: `whole_answer` at its end, `lines_answer` line by line
imports        the list, one, its rows and report; samples
users          found, looked at, written by hand, locked, suspended
questions      requests of the contract from a query or a JSON body
answers        JSON, and refusals with the status of their reason
"""
