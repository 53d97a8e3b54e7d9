"""What a client sends → rows that are ready to be planned. Nothing is written here.

source      the parts → header, batches       ahead       one batch in advance
claims      what this file has named          addressing  usernames that are addresses
permitting  columns that need a right         naming      texts → roles, locations, units
prepared    rows ready to be planned          batch       and those that are not
waiting     rows whose plugin failed      unknown     what to say of names that nobody has
"""
