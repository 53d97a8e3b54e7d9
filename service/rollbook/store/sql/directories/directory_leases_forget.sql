-- Deletes the leases of directory $1 that no server holds any more; a server that takes one waits.
delete from import_leases where directory_id = $1 and expires_at <= clock_timestamp()
