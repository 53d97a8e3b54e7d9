-- An index on the keys of all users that a file names: their look-up is by nested loops.
create index if not exists named_{schema}_key on named_{schema} (number_key)
