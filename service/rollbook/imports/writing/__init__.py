"""Plans → users, answers and the ledger, each exactly once.

applying    the statements of a batch         settling    a transaction, exactly once
saving      batch by batch                    staged      kept until `end`, then
whole       all of it in one plan             syncing     and who is missing
answering   a plan → answers                  failures    the cells of failed rows
closing     the summary, stored
"""
