-- Ends every link to the account of the user $2 of directory $1, if it is still of version $3.
update users as u
set account_version = u.account_version + 1
where u.directory_id = $1 and u.id = $2 and u.account_version = $3
