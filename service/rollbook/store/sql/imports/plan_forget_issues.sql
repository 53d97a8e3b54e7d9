-- Lets go of the issues of a plan that did not come into force.
delete from import_issues where directory_id = $1 and import_id = $2 and plan = $3
