-- Takes every text from the role of key $2 in directory $1; `role_set` gives it others.
delete from role_names as n
using roles as r
where
    r.directory_id = $1 and r.name_key = $2
    and n.directory_id = $1 and n.role_id = r.id
