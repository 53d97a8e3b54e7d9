-- Replaces the hash of the user $2 of directory $1 by another of the same password, $4, if the password
-- is still that of version $3. No change of the password: its version stays.
update credentials as c
set hash = $4
where c.directory_id = $1 and c.user_id = $2 and c.version = $3
