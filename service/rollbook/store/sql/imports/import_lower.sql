-- Limits the rights of an import to these from now on, whichever server finishes it.
update imports
set reaches_privileged = $3, reaches_passwords = $4, caller_users = $5, updated_at = now()
where directory_id = $1 and id = $2
