-- Lets go of an import, where the fence is still $3.
update import_leases
set expires_at = '-infinity'
where directory_id = $1 and import_id = $2 and fence = $3
