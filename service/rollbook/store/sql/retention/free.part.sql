-- Of the imports `resting`, those which no server works on. Their leases are ours, under a fence of
-- our own, until the transaction ends: who takes one over waits, and reads what has become of it.
free as (
    insert into import_leases as l (
        directory_id, import_id, owner, fence, expires_at, principal, created_at
    )
    select $1, r.id, '', 1, '-infinity', r.principal, r.created_at
    from resting as r
    on conflict (directory_id, import_id) do update
    set fence = l.fence + 1
    where l.expires_at <= clock_timestamp()
    returning l.import_id
),
