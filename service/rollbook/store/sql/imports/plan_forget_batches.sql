-- Lets go of the answers of a plan that did not come into force.
delete from import_batches where directory_id = $1 and import_id = $2 and plan = $3
