-- The location l and the unit o of a user u of directory $1; no row is lost to one that is not there.
left join lateral (
    select name
    from locations
    where directory_id = (select $1::bigint) and id = u.location_id
    offset 0
) as l on true
left join lateral (
    select name
    from organizational_units
    where directory_id = (select $1::bigint) and id = u.unit_id
    offset 0
) as o on true
