-- A temporary table for the keys of all users that a file names; dropped with its transaction.
create temporary table if not exists named_{schema} (number_key text collate "C" not null)
on commit delete rows
