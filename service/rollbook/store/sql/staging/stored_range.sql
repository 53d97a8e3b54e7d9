-- The users of directory $1 whose number key is in $6 to $7, at most $8 of them, in the order of the
-- keys: see `stored_columns`.
select
    {{staging/stored_columns}}
from (
    select *
    from users
    where directory_id = (select $1::bigint) and number_key between $6 and $7
    order by number_key
    limit $8
) as u
