-- Takes the lease of an import for the server $3 for $4 seconds, if it is free; answers the fence.
insert into import_leases as l (
    directory_id, import_id, owner, fence, expires_at, principal, created_at
)
select $1, $2, $3, 1, clock_timestamp() + make_interval(secs => $4), i.principal, i.created_at
from imports as i
where i.directory_id = $1 and i.id = $2
on conflict (directory_id, import_id) do update
set owner = excluded.owner, fence = l.fence + 1, expires_at = excluded.expires_at
where l.expires_at <= clock_timestamp()
returning fence
