"""Rows, and what the database says of them → what becomes of each. Mostly pure.

planning    create, update or leave           contesting  who gets a name that is held
removed     what a row names and is gone      limiting    where the import must stop
stopping    and what it says then             comparing   two plans of the same rows
noticing    what there is to tell             tally       counts so far
summary     counts at the end
"""
