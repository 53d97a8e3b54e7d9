-- The principal whose source $2 of directory $1 is.
select s.principal from source_owners as s where s.directory_id = $1 and s.source = $2
