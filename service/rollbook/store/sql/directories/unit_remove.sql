-- Removes the organizational unit of key $2 from directory $1.
delete from organizational_units where directory_id = $1 and name_key = $2
