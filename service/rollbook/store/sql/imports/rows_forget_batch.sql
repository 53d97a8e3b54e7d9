-- Lets go of the rows of the kind $3 that were kept of the batch $4.
delete from import_rows
where directory_id = $1 and import_id = $2 and kind = $3 and number = $4
