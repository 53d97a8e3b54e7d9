-- Removes the owners of the sources $2 of directory $1.
delete from source_owners where directory_id = $1 and source = any($2::text[])
