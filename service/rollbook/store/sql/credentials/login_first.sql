-- Records that the user $2 of directory $1 has logged in, if it is the first time.
update credentials as c
set first_login_at = now()
where c.directory_id = $1 and c.user_id = $2 and c.first_login_at is null
