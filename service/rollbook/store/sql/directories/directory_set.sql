-- Sets directory $1: display name, seats, notices, their rate, safeguards. NULL: no limit.
update directories
set
    display_name = $2, seats = $3, notices = $4, notices_per_minute = $5,
    max_suspended_percent = $6, max_suspended = $7, max_email_percent = $8, max_role_percent = $9
where id = $1
