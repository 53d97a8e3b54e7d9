-- What psql alone needs for the same users: COPY into a temporary table, then one statement.
-- stdin: the file. `compared`: whether rows that would change nothing are left out first, by a join.
-- The keys are made from the same cells, the role and the locations are looked up in the same tables.
\set ON_ERROR_STOP on
\set QUIET on
create temporary table file (
    employee_number text,
    email text,
    username text,
    first_name text,
    last_name text,
    job_title text,
    department text,
    phone text,
    location text
);
\copy file from pstdin with (format csv, header, null '\N')
\if :compared
analyze file;
\endif

with cells as (
    select
        d.id as directory_id,
        f.employee_number,
        lower(f.employee_number) as number_key,
        f.email,
        lower(f.email) as email_key,
        f.username,
        lower(f.username) as username_key,
        f.first_name,
        f.last_name,
        r.id as role_id,
        coalesce(l.id, 0) as location_id,
        f.job_title,
        f.department,
        f.phone
    from file as f
    join directories as d on d.name = 'main'
    join roles as r on r.directory_id = d.id and r.is_default
    left join locations as l on l.directory_id = d.id and l.name = f.location
)

insert into users (
    directory_id, employee_number, number_key, email, email_key, username, username_key,
    first_name, last_name, role_id, location_id, job_title, department, phone, source
)
select
    c.directory_id, c.employee_number, c.number_key, c.email, c.email_key, c.username,
    c.username_key, c.first_name, c.last_name, c.role_id, c.location_id, c.job_title, c.department,
    c.phone, 'default'
from cells as c
\if :compared
left join users as u on u.directory_id = c.directory_id and u.number_key = c.number_key
where u.id is null or (
    u.email, u.username, u.first_name, u.last_name, u.location_id, u.job_title, u.department,
    u.phone
) is distinct from (
    c.email, c.username, c.first_name, c.last_name, c.location_id, c.job_title, c.department,
    c.phone
)
\endif
on conflict (directory_id, number_key) do update set
    email = excluded.email,
    email_key = excluded.email_key,
    username = excluded.username,
    username_key = excluded.username_key,
    first_name = excluded.first_name,
    last_name = excluded.last_name,
    location_id = excluded.location_id,
    job_title = excluded.job_title,
    department = excluded.department,
    phone = excluded.phone,
    updated_at = now(),
    version = users.version + 1
where (
    users.email, users.username, users.first_name, users.last_name, users.location_id,
    users.job_title, users.department, users.phone
) is distinct from (
    excluded.email, excluded.username, excluded.first_name, excluded.last_name,
    excluded.location_id, excluded.job_title, excluded.department, excluded.phone
);
