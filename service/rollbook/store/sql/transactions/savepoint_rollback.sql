-- Undoes the part of a transaction that was begun last; it is still to be ended.
rollback to savepoint part
