-- Whether the fence is still $3; if so it stays, until the transaction ends, and a take-over waits.
select true
from import_leases
where directory_id = $1 and import_id = $2 and fence = $3
for share
