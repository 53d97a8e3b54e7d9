-- Takes an import away from whoever has it: its fence is no longer anybody's.
update import_leases
set fence = fence + 1, expires_at = '-infinity'
where directory_id = $1 and import_id = $2
