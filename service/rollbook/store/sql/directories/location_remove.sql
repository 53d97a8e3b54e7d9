-- Removes the location of key $2 from directory $1, and the texts that mean it.
delete from locations where directory_id = $1 and name_key = $2
