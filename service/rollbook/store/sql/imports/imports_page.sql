-- Imports of a directory, newest first: at most $5 of those before ($2, $3), in the state $4; null:
-- all. What runs without a living owner is interrupted. Each arm is read along its index and from a
-- place in it, so that a page costs a page, however rare its state is.
with page as materialized (
    (
        select i.id, i.created_at
        from imports as i
        where
            $4::text is null and i.directory_id = (select $1::bigint) and i.kept <> 'nothing'
            and (i.created_at, i.id) < ($2::timestamptz, $3::uuid)
        order by i.created_at desc, i.id desc
        limit $5
    )
    union all
    (
        select i.id, i.created_at
        from imports as i
        where
            $4 is not null and i.directory_id = (select $1::bigint) and i.kept <> 'nothing'
            and (i.state, i.created_at, i.id) < ($4, $2, $3) and i.state >= $4
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
            and (i.state, i.created_at, i.id) < ('RUNNING', $2, $3) and i.state >= 'RUNNING'
            and exists (
                select from import_leases as l
                where
                    l.directory_id = $1 and l.import_id = i.id
                    and l.expires_at <= clock_timestamp()
            )
        order by i.state desc, i.created_at desc, i.id desc
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
