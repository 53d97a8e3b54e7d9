-- Lets go of the kept rows of the kind $3.
delete from import_rows
where directory_id = $1 and import_id = $2 and kind = $3
