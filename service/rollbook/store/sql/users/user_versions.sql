-- The versions of the user $2 of directory $1 from the version $3 down, at most $4 of them, newest first:
-- what the user was, and what ended it, which is NULL for the version in force. As to size it stops as
-- users_read.sql does, and never before its second version.
select *
from (
    select
        {{users/row}},
        u.{column} as id_of_{name}, -- each named field
        v.import_id as ended_import, coalesce(i.source, '') as ended_source,
        v.principal as ended_by, v.ended_at,
        sum(octet_length(v.was::text)) over (
            order by v.version desc rows between unbounded preceding and 1 preceding
        ) as bytes_before,
        row_number() over (order by v.version desc) as place
    from (
        (
            select
                u.version, null::uuid as import_id, null::text as principal,
                null::timestamptz as ended_at,
                {{users/before}} as was
            from users as u
            where u.directory_id = (select $1::bigint) and u.id = $2 and u.version <= $3
        )
        union all
        (
            select h.version, h.import_id, h.principal, h.changed_at, h.before
            from user_history as h
            where
                h.directory_id = (select $1::bigint) and h.user_id = $2 and h.version <= $3
            order by h.version desc
            limit $4
        )
        order by version desc
        limit $4
    ) as v
    cross join lateral
        jsonb_populate_record(null::users, v.was || jsonb_build_object('id', $2::bigint)) as u
    left join lateral (
        select name
        from roles
        where directory_id = (select $1::bigint) and id = u.role_id
        offset 0
    ) as r on true
    left join lateral (
        select name
        from locations
        where directory_id = (select $1::bigint) and id = u.location_id
        offset 0
    ) as l on true
    left join lateral (
        select name
        from organizational_units
        where directory_id = (select $1::bigint) and id = u.unit_id
        offset 0
    ) as o on true
    left join lateral (
        select source
        from imports
        where directory_id = (select $1::bigint) and id = v.import_id and kept <> 'nothing'
        offset 0
    ) as i on true
) as f
where f.place <= 2 or f.bytes_before < 2097152
order by f.place
