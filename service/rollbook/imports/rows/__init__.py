"""Turns what a client sends into rows that are ready to be planned.

source          a client's parts → the header, then FileRows
claims          the names that earlier rows of the file have claimed
resolve_names   texts → roles, locations, units       late_rows       rows kept for the end
staged_rows     the columns for the staging table     ready_batch     as a writer takes them
unchanged       rows that are stored as they are
"""
