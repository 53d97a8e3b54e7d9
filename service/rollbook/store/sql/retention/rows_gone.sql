-- Marks that of the import $2 of directory $1 only its answers are left, and deletes its lease.
with lease_gone as (
    delete from import_leases
    where directory_id = $1 and import_id = $2 and expires_at <= clock_timestamp()
)

update imports set kept = 'answers' where directory_id = $1 and id = $2 and kept = 'rows_going'
