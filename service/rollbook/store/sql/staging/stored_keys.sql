-- The users of directory $1 that have the number keys $6, in their order: see `stored_columns`.
select
    {{staging/stored_columns}}
from unnest($6::text[]) as k (number_key)
cross join lateral (
    select *
    from users
    where directory_id = (select $1::bigint) and number_key = k.number_key
    offset 0
) as u
