-- Commits a transaction.
commit
