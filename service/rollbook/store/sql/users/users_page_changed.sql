-- As users_page.sql, for a list with a time of change, in the order of that time: at most $3 of the
-- users after the time $4 and the id $2. By id, a page would walk all the users before the first.
with page as (
    select u.id, u.updated_at
    from users as u
    where
        u.directory_id = $1 and (u.updated_at, u.id) > ($4::timestamptz, $2::bigint)
        and {{users/conditions}}
    order by u.updated_at, u.id
    limit $3
)

select *
from (
    select
        {{users/row}},
        {{users/bytes_before}} over (
            order by p.updated_at, p.id rows between unbounded preceding and 1 preceding
        ) as bytes_before,
        row_number() over (order by p.updated_at, p.id) as place
    from page as p
    {{users/named_row}}
) as f
where f.place <= 2 or f.bytes_before < 2097152
order by f.updated_at, f.id
