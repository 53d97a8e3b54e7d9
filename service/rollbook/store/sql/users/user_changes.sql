-- The changes of the user $2 of directory $1 that made versions before $3 and from $5 on, at most $4 of
-- them, newest first; null as $6: all, else those of that column. `fitting`: how many there are of them,
-- up to $4. With the names that the ids in them have today. As to size it stops as users_read.sql does, and
-- never before its second change.
select *
from (
    select
        h.version + 1 as version, h.changed_at, h.import_id, coalesce(i.source, '') as source,
        h.principal, h.changes,
        (select name from {names} where directory_id = (select $1::bigint) and id = (h.changes -> '{column}' ->> 0)::bigint) as old_{name}, -- each named field
        (select name from {names} where directory_id = (select $1::bigint) and id = (h.changes -> '{column}' ->> 1)::bigint) as new_{name}, -- each named field
        sum(octet_length(h.changes::text)) over (
            order by h.version desc rows between unbounded preceding and 1 preceding
        ) as bytes_before,
        row_number() over (order by h.version desc) as place,
        count(*) over () as fitting
    from (
        select *
        from user_history
        where directory_id = (select $1::bigint) and user_id = $2 and version < $3::bigint - 1
            and version >= $5::bigint - 1 and ($6::text is null or changes ? $6)
        order by version desc
        limit $4
    ) as h
    left join lateral (
        select source
        from imports
        where directory_id = (select $1::bigint) and id = h.import_id and kept <> 'nothing'
        offset 0
    ) as i on true
) as f
where f.place <= 1 or f.bytes_before < 2097152
order by f.place
