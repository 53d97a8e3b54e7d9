"""Writes batches: users, answers and the ledger, each exactly once.

batch_writer   what both writers are             answers        a plan → answers
per_batch      commits each batch                apply          the statements of one batch
whole_file     keeps them until `end`            commit_in_doubt   whether it was committed
whole_plan     plans them in one transaction     summary        how an import ended, stored
full_sync      suspends who is missing           sent_ahead     begins with the next batch
made_ahead     makes its users, if all are new
"""
