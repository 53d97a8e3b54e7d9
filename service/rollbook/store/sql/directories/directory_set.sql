-- Sets directory $1: display name, seats, notices, their rate, the least length of a
-- password, safeguards. NULL: no limit.
update directories
set
    display_name = $2, seats = $3, notices = $4, notices_per_minute = $5,
    password_min_length = $6,
    max_suspended_percent = $7, max_suspended = $8, max_email_percent = $9, max_role_percent = $10
where id = $1
