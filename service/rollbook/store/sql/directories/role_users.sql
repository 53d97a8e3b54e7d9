-- How many users of directory $1 hold the role of key $2, and whether it is the default one; nothing
-- where there is no such role.
select
    r.is_default,
    (select count(*) from users as u where u.directory_id = $1 and u.role_id = r.id) as users
from roles as r
where r.directory_id = $1 and r.name_key = $2
