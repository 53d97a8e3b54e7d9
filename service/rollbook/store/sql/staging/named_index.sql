-- An index on the keys of everybody whom a file names: their look-up is by nested loops.
create index if not exists named_0003_key on named_0003 (number_key)
