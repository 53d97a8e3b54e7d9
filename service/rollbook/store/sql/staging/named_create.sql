-- The room for the keys of everybody whom a file names; gone with its transaction.
create temporary table if not exists named_{schema} (number_key text collate "C" not null)
on commit delete rows
