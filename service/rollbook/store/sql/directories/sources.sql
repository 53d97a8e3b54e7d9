-- The sources of directory $1 that have an owner.
select s.source from source_owners as s where s.directory_id = $1
