-- Keeps an import for $4 seconds more, where the fence is still $3.
update import_leases
set expires_at = clock_timestamp() + make_interval(secs => $4)
where directory_id = $1 and import_id = $2 and fence = $3
returning fence
