-- Takes every text from the location of key $2 in directory $1; `location_set` gives it others.
delete from location_names as n
using locations as l
where
    l.directory_id = $1 and l.name_key = $2
    and n.directory_id = $1 and n.location_id = l.id
