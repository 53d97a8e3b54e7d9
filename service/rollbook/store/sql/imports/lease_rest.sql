-- Waits until no short transaction of the import is under way.
select fence from import_leases where directory_id = $1 and import_id = $2 for update
