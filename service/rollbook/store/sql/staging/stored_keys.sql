-- The users of directory $1 that have the number keys $6: as `stored_range` answers them.
select array_agg(s.id) as ids, array_agg(s.stored) as texts, array_agg(s.attributes) as attributes
from (
    select
        u.id,
        {{staging/stored_text}} as stored,
        case when $5 then u.attributes::text end as attributes
    from unnest($6::text[]) as k (number_key)
    cross join lateral (
        select *
        from users
        where directory_id = (select $1::bigint) and number_key = k.number_key
        offset 0
    ) as u
) as s
