-- The next $4 users after the id $3 whom the import $2 created in directory $1.
select u.id
from users as u
where
    u.directory_id = $1
    and (u.created_import, u.id) > ($2, $3::bigint) and u.created_import <= $2
order by u.created_import, u.id
limit $4
