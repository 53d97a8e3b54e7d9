-- Which of the roles $2, locations $3 and organizational units $4 directory $1 does not have (any
-- more): three arrays of ids. Asked during the directory's turn.
-- OFFSET 0 keeps each look-up on the primary key. A join would read all of them for each id, since
-- a batch knows no hash joins.
select
    array(
        select n.id from unnest($2::bigint[]) as n (id)
        where not exists (
            select from roles where directory_id = (select $1::bigint) and id = n.id offset 0
        )
    ) as roles,
    array(
        select n.id from unnest($3::bigint[]) as n (id)
        where not exists (
            select from locations where directory_id = (select $1::bigint) and id = n.id offset 0
        )
    ) as locations,
    array(
        select n.id from unnest($4::bigint[]) as n (id)
        where not exists (
            select from organizational_units
            where directory_id = (select $1::bigint) and id = n.id
            offset 0
        )
    ) as units
