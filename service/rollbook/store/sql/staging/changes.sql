-- Each field that the staged rows at the positions $3 would change: position, field, old, new.
-- $1 directory · $2 whether a username that is the e-mail follows it · $4 the default role
with rows as (
    select
        s.pos, u.id is not null as exists, u.email, u.username, u.first_name, u.last_name, u.name,
        u.job_title, u.department, u.phone, u.attributes, u.must_change_password, u.role_id,
        u.location_id, u.unit_id,
        coalesce(s.email, u.email) as new_email,
        case
            when s.username is not null then s.username
            when u.id is null then s.username_fallback
            when $2 and s.email is not null
                and (u.username_key = u.email_key or u.username = u.email) then s.email
            else u.username
        end as new_username,
        coalesce(s.first_name, u.first_name) as new_first_name,
        coalesce(s.last_name, u.last_name) as new_last_name,
        coalesce(s.name, u.name) as new_name,
        coalesce(s.job_title, u.job_title) as new_job_title,
        coalesce(s.department, u.department) as new_department,
        coalesce(s.phone, u.phone) as new_phone,
        case when u.role_locked then u.role_id else coalesce(s.role_id, u.role_id, $4) end
            as new_role_id,
        case when u.location_locked then u.location_id
            else coalesce(s.location_id, u.location_id) end as new_location_id,
        coalesce(s.unit_id, u.unit_id) as new_unit_id,
        coalesce(s.must_change_password, u.must_change_password) as new_must_change_password,
        jsonb_strip_nulls(coalesce(u.attributes, '{}') || coalesce(s.attributes, '{}'))
            as new_attributes
    from staged_0003 as s
    left join lateral (
        select *
        from users
        where directory_id = (select $1::bigint) and number_key = s.number_key
        offset 0
    ) as u on true
    where s.pos = any($3::integer[])
),

named as (
    select
        r.*,
        old_role.name as role, new_role.name as new_role,
        old_location.name as location, new_location.name as new_location,
        old_unit.name as unit, new_unit.name as new_unit
    from rows as r
    left join roles as old_role on old_role.directory_id = $1 and old_role.id = r.role_id
    left join roles as new_role on new_role.directory_id = $1 and new_role.id = r.new_role_id
    left join locations as old_location
        on old_location.directory_id = $1 and old_location.id = r.location_id
    left join locations as new_location
        on new_location.directory_id = $1 and new_location.id = r.new_location_id
    left join organizational_units as old_unit
        on old_unit.directory_id = $1 and old_unit.id = r.unit_id
    left join organizational_units as new_unit
        on new_unit.directory_id = $1 and new_unit.id = r.new_unit_id
)

select n.pos, f.field, coalesce(f.old, '') as old, coalesce(f.new, '') as new
from named as n
cross join lateral (
    values
    (1, 'email', n.email, n.new_email),
    (2, 'username', n.username, n.new_username),
    (3, 'first_name', n.first_name, n.new_first_name),
    (4, 'last_name', n.last_name, n.new_last_name),
    (5, 'name', n.name, n.new_name),
    (6, 'role', n.role, n.new_role),
    (7, 'location', n.location, n.new_location),
    (8, 'organizational_unit', n.unit, n.new_unit),
    (9, 'job_title', n.job_title, n.new_job_title),
    (10, 'department', n.department, n.new_department),
    (11, 'phone', n.phone, n.new_phone),
    (12, 'change_password_next_time',
        n.must_change_password::integer::text, n.new_must_change_password::integer::text)
    union all
    select 13, 'attributes.' || a.key, n.attributes ->> a.key, n.new_attributes ->> a.key
    from jsonb_object_keys(coalesce(n.attributes, '{}') || n.new_attributes) as a (key)
) as f (place, field, old, new)
where coalesce(f.old, '') <> coalesce(f.new, '')
order by n.pos, f.place, f.field
