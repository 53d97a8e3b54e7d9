-- Makes the role of key $2 the default one of directory $1, which has none; answers its id.
update roles set is_default = true where directory_id = $1 and name_key = $2 returning id
