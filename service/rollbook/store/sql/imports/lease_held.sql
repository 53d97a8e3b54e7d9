-- Whether the fence is still $3. Asked under the directory's lock, so that what follows is ours.
select exists(
    select from import_leases where directory_id = $1 and import_id = $2 and fence = $3
)
