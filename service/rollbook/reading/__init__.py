"""Bytes of a CSV file, or typed rows → `rollbook.model.Rows`. Nothing here knows what a cell means.

reader      one file: fed in chunks, taken in portions     typed      the same for typed rows
decoding    bytes → text, strictly                         content    marks, and what is no CSV
                                                           encodings  the names there are
                                                           likely     a guess, for the message
opening     the header is found                            delimiter  and what splits it
                                                           header     and what its names mean
body        text → blocks of rows                          framing    where a row ends
                                                           cells      and what is in it
                                                           faults     or is wrong with it
block       rows and the mark after any of them            tally      bytes counted and hashed
portion     rows of several blocks → columns               report     a failure report come back
sample      a correct file of a profile                    shown      what a message may echo
"""

from rollbook.reading.reader import Reader
from rollbook.reading.sample import sample
from rollbook.reading.typed_rows import TypedReader

__all__ = ["Reader", "TypedReader", "sample"]
