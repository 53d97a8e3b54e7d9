-- Rolls a transaction back.
rollback
