"""The rules of directories, and of the roles, locations and units that they have.

settings    directories made, set, listed, removed; what each setting may be
sources     whose full syncs may speak for a source
kinds       what roles, locations and units are, and in what they differ
named       roles, locations and units made, loaded, listed, changed, removed, all in one way
csv_file    a file of them → its lines
"""
