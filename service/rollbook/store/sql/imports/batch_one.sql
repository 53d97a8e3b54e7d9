-- The packed answers of one batch.
select results
from import_batches
where directory_id = $1 and import_id = $2 and plan = $3 and number = $4
