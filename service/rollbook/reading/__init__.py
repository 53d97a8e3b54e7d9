"""Reads the bytes of a CSV file, or typed rows, into `rollbook.model.FileRows`.

reader            one CSV file: fed in chunks, read in batches of rows
typed_rows        the same for rows that come as fields

decoder           bytes → text, strictly          encodings        names of encodings, their codecs
                                                  encoding_guess   a likely encoding, for a message
                                                  alphabets        letters of languages, for that
                                                  utf8_doubt       what is UTF-8 after all
                                                  signatures       byte-order marks, foreign files
file_start        text → the header               delimiter        finds it from the header line
                                                  header           which column feeds which field
                                                  header_errors    what is wrong with a header
body              text → blocks of rows           record_splitter  finds where a record ends
blocks            rows not yet taken → FileRows   record_parser    records → cells, or their issues
content_digest    content read so far: its size and hash
failure_report    cells of a failure report, written and read back
excerpt           text of a file → what a message may echo
"""

from rollbook.reading.reader import Reader
from rollbook.reading.typed_rows import TypedReader

__all__ = ["Reader", "TypedReader"]
