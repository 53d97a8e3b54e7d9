-- Makes of the organizational unit of key $2 in directory $1 what it is to be: key $3, name $4.
update organizational_units
set name_key = $3, name = $4
where directory_id = $1 and name_key = $2
