-- Makes users of the staged rows at the positions $4, and answers their ids and keys as arrays.
-- $1 directory · $2 the role of a row that names none · $3 import · $4 positions · $5 source
with made as (
    insert into users (
        directory_id, employee_number, number_key, email, email_key, username, username_key,
        first_name, last_name, name, role_id, location_id, unit_id, job_title, department, phone,
        attributes, must_change_password, source, created_import, updated_import
    )
    select
        $1, s.employee_number, s.number_key, s.email, s.email_key,
        coalesce(s.username, s.username_fallback), s.username_key,
        coalesce(s.first_name, ''), coalesce(s.last_name, ''), coalesce(s.name, ''),
        coalesce(s.role_id, $2), coalesce(s.location_id, 0), coalesce(s.unit_id, 0),
        coalesce(s.job_title, ''), coalesce(s.department, ''), coalesce(s.phone, ''),
        coalesce(jsonb_strip_nulls(s.attributes), '{}'), coalesce(s.must_change_password, false),
        $5, $3, $3
    from staged_0003 as s
    where s.pos = any($4::integer[])
    returning id, number_key
)
select array_agg(made.id), array_agg(made.number_key) from made
