-- Makes a directory with its two roles and their names; answers its id, or nothing where the name
-- is taken. $3 to $5 are the roles' names, keys and marks: name, key, privileged, default; $6 to $8
-- the texts that mean them.
with made as (
    insert into directories (name, display_name)
    values ($1, $2)
    on conflict do nothing
    returning id
),

roles_made as (
    insert into roles (directory_id, name, name_key, privileged, is_default)
    select made.id, r.name, r.name_key, r.privileged, not r.privileged
    from made
    cross join unnest($3::text[], $4::text[], $5::boolean[]) as r (name, name_key, privileged)
    returning directory_id, id, name_key
),

named as (
    insert into role_names (directory_id, name_key, role_id, name)
    select r.directory_id, n.name_key, r.id, n.name
    from roles_made as r
    join unnest($6::text[], $7::text[], $8::text[]) as n (role_key, name_key, name)
        on n.role_key = r.name_key
)

select id from made
