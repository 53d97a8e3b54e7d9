-- The ids of the users of directory $1 that have the number keys $2, in the keys' order.
select array_agg(u.id order by k.place) as ids
from unnest($2::text[]) with ordinality as k (number_key, place)
cross join lateral (
    select id
    from users
    where directory_id = (select $1::bigint) and number_key = k.number_key
    offset 0
) as u
