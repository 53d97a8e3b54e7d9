-- Begins a part of a transaction; parts within parts may have the same name.
savepoint part
