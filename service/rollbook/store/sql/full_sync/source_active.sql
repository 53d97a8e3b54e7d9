-- How many active users of directory $1 the source $2 names.
select count(*) from users as u
where u.directory_id = $1 and u.status = 'active' and $2 = any({{users/sources}})
