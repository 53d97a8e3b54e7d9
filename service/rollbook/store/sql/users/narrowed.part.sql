-- Users u whom the narrowest condition of a list leaves, by the name $13 ('': none does): the next
-- 2,000 after the id $14, by id. In the order of that condition's index and from a place in it, so
-- that no other index will do, whatever the statistics say.
(
    select u.*
    from users as u
    where
        $13::text = 'unit_id' and u.directory_id = (select $1::bigint)
        and (u.unit_id, u.id) > ($11, $14::bigint) and u.unit_id <= $11 and u.unit_id <> 0
    order by u.unit_id, u.id
    limit 2000
)
union all
(
    select u.*
    from users as u
    where
        $13::text = 'location_id' and u.directory_id = (select $1::bigint)
        and (u.location_id, u.id) > ($10, $14::bigint)
        and u.location_id <= $10 and u.location_id <> 0
    order by u.location_id, u.id
    limit 2000
)
union all
(
    select u.*
    from users as u
    where
        $13::text = 'status' and u.directory_id = (select $1::bigint)
        and (u.status, u.id) > ($12, $14::bigint) and u.status <= $12 and u.status <> 'active'
    order by u.status, u.id
    limit 2000
)
union all
(
    select u.*
    from users as u
    where
        $13::text = 'role_id' and u.directory_id = (select $1::bigint)
        and (u.role_id, u.id) > ($9, $14::bigint) and u.role_id <= $9
    order by u.role_id, u.id
    limit 2000
)
