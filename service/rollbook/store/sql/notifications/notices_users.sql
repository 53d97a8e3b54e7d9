-- What is stored now of the users $2 of directory $1.
select u.id, u.employee_number, u.email, u.username, u.first_name, u.last_name, u.name
from users as u
where u.directory_id = (select $1::bigint) and u.id = any($2::bigint[])
