-- Sets directory $1: display name, seats, safeguards. NULL: no limit.
update directories
set
    display_name = $2, seats = $3, max_suspended_percent = $4, max_suspended = $5,
    max_email_percent = $6, max_role_percent = $7
where id = $1
