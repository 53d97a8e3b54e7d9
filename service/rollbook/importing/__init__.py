"""The line: one file in, users written, every row answered. Begin with `line.py`.

opening     what the client said → a job           places      how many run at once
running     a job to its end, its summary          holding     its lease, kept alive
finishing   jobs that a server left behind         reapplying  a preview, applied

source      the parts → header, batches of rows    ahead       one batch in advance
claims      what this file has already named       addressing  usernames that are addresses
naming      texts → roles, locations, units        prepared    rows ready to be planned

planning    what becomes of each row               contesting  who gets a name that is held
limiting    where the import must stop             stopping    and what it says then
comparing   two plans of the same rows             answering   a plan → answers

applying    the statements of a batch              settling    a transaction, exactly once
saving      batch by batch                         staged      kept until `end`, then
whole       all of it in one plan                  syncing     and who is missing
failures    the cells of failed rows               closing     the summary, stored
noticing    what there is to tell of a plan        warning     of the import as a whole
overlap     when the next batch is thought about
"""
