-- Imports of a directory, newest first: at most $5 of those before ($2, $3) and since $6, in the state
-- $4, of the principal $7 or by the profile $8, of which at most one is not null. What runs without a
-- living owner is interrupted. Each arm is read along its index and between places in it, so that a
-- page costs a page, however rare what it asks for is.
with page as materialized (
    (
        select i.id, i.created_at
        from imports as i
        where
            coalesce($4::text, $7::text, $8::text) is null
            and i.directory_id = (select $1::bigint) and i.kept <> 'nothing'
            and (i.created_at, i.id) < ($2::timestamptz, $3::uuid)
            and i.created_at >= $6::timestamptz
        order by i.created_at desc, i.id desc
        limit $5
    )
    union all
    (
        select i.id, i.created_at
        from imports as i
        where
            $4 is not null and i.directory_id = (select $1::bigint) and i.kept <> 'nothing'
            and (i.state, i.created_at, i.id) < ($4, $2, $3) and (i.state, i.created_at) >= ($4, $6)
            and ($4 <> 'RUNNING' or not exists (
                select from import_leases as l
                where
                    l.directory_id = $1 and l.import_id = i.id
                    and l.expires_at <= clock_timestamp()
            ))
        order by i.state desc, i.created_at desc, i.id desc
        limit $5
    )
    union all
    (
        select i.id, i.created_at
        from imports as i
        where
            $4 = 'INTERRUPTED' and i.directory_id = (select $1::bigint) and i.kept <> 'nothing'
            and (i.state, i.created_at, i.id) < ('RUNNING', $2, $3)
            and (i.state, i.created_at) >= ('RUNNING', $6)
            and exists (
                select from import_leases as l
                where
                    l.directory_id = $1 and l.import_id = i.id
                    and l.expires_at <= clock_timestamp()
            )
        order by i.state desc, i.created_at desc, i.id desc
        limit $5
    )
    union all
    (
        select i.id, i.created_at
        from imports as i
        where
            $7 is not null and i.directory_id = (select $1::bigint) and i.kept <> 'nothing'
            and (i.principal, i.created_at, i.id) < ($7, $2, $3)
            and (i.principal, i.created_at) >= ($7, $6)
        order by i.principal desc, i.created_at desc, i.id desc
        limit $5
    )
    union all
    (
        select i.id, i.created_at
        from imports as i
        where
            $8 is not null and i.directory_id = (select $1::bigint) and i.kept <> 'nothing'
            and (i.profile, i.created_at, i.id) < ($8, $2, $3)
            and (i.profile, i.created_at) >= ($8, $6)
        order by i.profile desc, i.created_at desc, i.id desc
        limit $5
    )
    order by created_at desc, id desc
    limit $5
)

select
    i.id, i.principal, i.profile, i.source, i.options,
    case
        when i.state = 'RUNNING' and l.expires_at <= clock_timestamp() then 'INTERRUPTED'
        else i.state
    end as state,
    i.stopped_by, i.stopped_line, i.safeguard, i.rows, i.last_line, i.plan, i.digest,
    i.encoding, i.delimiter, i.header, i.file_name,
    i.end_received, i.active_at_start, i.approved_by, i.approved_at, i.counts, i.warnings,
    i.created_at, i.updated_at, i.reaches_privileged, i.reaches_passwords, i.caller_users,
    i.kept = 'all' as rows_kept
from page as p
cross join lateral (
    select *
    from imports
    where directory_id = (select $1::bigint) and id = p.id
    offset 0
) as i
left join lateral (
    select expires_at
    from import_leases
    where directory_id = (select $1::bigint) and import_id = i.id
    offset 0
) as l on true
order by i.created_at desc, i.id desc
