-- The room where one batch waits to be planned. Temporary, so that COPY is cheap and nothing of it
-- is ever logged; emptied by COMMIT; its name carries the schema's number, so that a connection
-- that a pooler kept across a migration makes a new one.
-- In every column NULL leaves the stored value as it is; '' (0 for an id) clears it.
create temporary table if not exists staged_0003 (
    pos integer not null,
    employee_number text not null,
    number_key text collate "C" not null,
    email text,
    email_key text collate "C",
    username text,
    username_fallback text,
    username_key text collate "C",
    first_name text,
    last_name text,
    name text,
    role_id bigint,
    location_id bigint,
    unit_id bigint,
    job_title text,
    department text,
    phone text,
    attributes jsonb,
    must_change_password boolean
) on commit delete rows
