-- Users of directory $1 in the order of their ids: at most $3 of those after the id $2 that fit what
-- is asked for. NULL asks for nothing. Planned anew for each question, so that whatever is not asked
-- for is not there; the second half is there only for $4, users that the import changed.
-- $4 import · $5 $6 created from and until · $7 $8 changed from and until · $9 role · $10 location
-- $11 unit · $12 status
with page as (
    (
        select u.id
        from users as u
        where
            u.directory_id = $1 and u.id > $2
            and ($4::uuid is null or u.created_import = $4)
            and {{users/conditions}}
        order by u.id
        limit $3
    )
    union
    (
        select u.id
        from user_history as h
        join users as u on u.directory_id = h.directory_id and u.id = h.user_id
        where
            $4::uuid is not null and h.directory_id = $1 and h.import_id = $4 and h.user_id > $2
            and {{users/conditions}}
        order by h.user_id
        limit $3
    )
    order by id
    limit $3
)

select *
from (
    select
        {{users/row}},
        {{users/bytes_before}} over (
            order by p.id rows between unbounded preceding and 1 preceding
        ) as bytes_before,
        row_number() over (order by p.id) as place
    from page as p
    {{users/named_row}}
) as f
where f.place <= 2 or f.bytes_before < 2097152
order by f.id
