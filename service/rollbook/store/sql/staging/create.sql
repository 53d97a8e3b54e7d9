-- The temporary table where one batch waits to be planned, so that COPY is cheap and nothing of it
-- is ever logged. COMMIT empties it. Its name carries the schema's number, so that a connection
-- that a pooler kept across a migration makes a new one.
-- In every column NULL leaves the stored value as it is; '' (0 for an id) clears it.
create temporary table if not exists staged_{schema} (
    pos integer not null,
    employee_number text not null,
    number_key text collate "C" not null,
    email_key text collate "C",
    username_key text collate "C",
    username_fallback text,
    {column} {type}, -- each changing field
    attributes jsonb
) on commit delete rows
