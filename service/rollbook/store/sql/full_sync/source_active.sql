-- How many active users of directory $1 come from the source $2.
select count(*) from users as u
where u.directory_id = $1 and u.source = $2 and u.status = 'active'
