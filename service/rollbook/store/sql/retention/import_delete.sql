-- Deletes the import $2 of directory $1, from which nothing but its lease hangs any more.
delete from imports where directory_id = $1 and id = $2 and kept = 'nothing'
