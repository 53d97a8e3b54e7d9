-- The account of the user $2 of directory $1, and whether the user must choose a new password.
-- No row: there is no such user. `hash` is NULL and `version` 0 for one who never had a password.
select
    {{credentials/account}}
from users as u
join directories as d on d.id = u.directory_id
left join credentials as c on c.directory_id = u.directory_id and c.user_id = u.id
where u.directory_id = $1 and u.id = $2
