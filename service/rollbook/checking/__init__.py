"""Checks, normalises and keys the cells of rows, column by column. Pure: no I/O.

Columns whose cells are all in order are proven so as a whole; only what could not be proven is
looked at cell by cell, with the same answers.
"""

from rollbook.checking.cells import DEFAULTS, Cell, Limits, Rule, any_damaged, echo
from rollbook.checking.checker import Checker, claims_foreign_address
from rollbook.checking.email_grammar import Address, address_of
from rollbook.checking.emails import check_email
from rollbook.checking.employee_numbers import check_number
from rollbook.checking.keys import email_key, name_key, number_key, username_key
from rollbook.checking.passwords import without_passwords
from rollbook.checking.text import check_name, check_text
from rollbook.checking.usernames import check_username

__all__ = [
    "DEFAULTS",
    "Address",
    "Cell",
    "Checker",
    "Limits",
    "Rule",
    "address_of",
    "any_damaged",
    "check_email",
    "check_name",
    "check_number",
    "check_text",
    "check_username",
    "claims_foreign_address",
    "echo",
    "email_key",
    "name_key",
    "number_key",
    "username_key",
    "without_passwords",
]
