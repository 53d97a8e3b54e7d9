-- Forgets the leases of directory $1 that nobody holds any more; whoever takes one waits.
delete from import_leases where directory_id = $1 and expires_at <= clock_timestamp()
