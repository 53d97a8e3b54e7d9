-- Ends the part of a transaction that was begun last.
release savepoint part
