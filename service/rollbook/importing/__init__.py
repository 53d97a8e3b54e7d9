"""The line: one file in, users written, every row answered. Begin with `line.py`.

opening     what the client said → a job          places      how many at once
source      its parts → header, batches of rows   ahead       one batch in advance
claims      what this file has already named      naming      texts → roles, locations, units
prepared    rows ready to be planned              planning    what becomes of each, pure
applying    the statements of a batch             answering   a batch and its plan → answers
saving      batches, once each, with the ledger   running     to the end: summary, reason
"""
