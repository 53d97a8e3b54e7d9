-- Makes the sources $2 of directory $1 nobody's.
delete from source_owners where directory_id = $1 and source = any($2::text[])
