-- What is stored of the users with the keys $2, as names, for the plugins to see.
select
    u.number_key, r.name as role, l.name as location, o.name as unit,
    nullif(u.department, '') as department
from unnest($2::text[]) as k (number_key)
cross join lateral (
    select number_key, directory_id, role_id, location_id, unit_id, department
    from users
    where directory_id = (select $1::bigint) and number_key = k.number_key
    offset 0
) as u
left join roles as r on r.directory_id = $1 and r.id = u.role_id
left join locations as l on l.directory_id = $1 and l.id = u.location_id
left join organizational_units as o on o.directory_id = $1 and o.id = u.unit_id
