-- The temporary table of the users whom the file does not name by their number, with the keys by which
-- a failed row may mean them, and whether they are suspended, for no other source names them.
create temporary table if not exists missing_{schema} (
    id bigint primary key,
    employee_number text not null,
    email_key text collate "C" not null,
    username_key text collate "C" not null,
    is_suspended boolean not null
) on commit delete rows
