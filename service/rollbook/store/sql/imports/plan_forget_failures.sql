-- Lets go of the failed rows of a plan that did not come into force.
delete from import_failures where directory_id = $1 and import_id = $2 and plan = $3
