-- Deletes the import $2 of directory $1, of which only its lease is left.
delete from imports where directory_id = $1 and id = $2 and kept = 'nothing'
