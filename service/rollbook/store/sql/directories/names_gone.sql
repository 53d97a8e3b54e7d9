-- Which of the roles $2, locations $3 and organizational units $4 directory $1 does not have (any
-- more): three arrays of ids. Asked during the directory's turn.
select
    array(
        select n.id from unnest($2::bigint[]) as n (id)
        where not exists (select from roles as r where r.directory_id = $1 and r.id = n.id)
    ) as roles,
    array(
        select n.id from unnest($3::bigint[]) as n (id)
        where not exists (select from locations as l where l.directory_id = $1 and l.id = n.id)
    ) as locations,
    array(
        select n.id from unnest($4::bigint[]) as n (id)
        where not exists (
            select from organizational_units as o where o.directory_id = $1 and o.id = n.id
        )
    ) as units
