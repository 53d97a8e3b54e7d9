-- Writes a notice of login details for the user $2 of directory $1, in the lane $3, with the version of
-- the password that they are to replace. Answers the user; no row: the user is not active.
with account as (
    select u.id
    from users as u
    where u.directory_id = $1 and u.id = $2 and u.status = 'active'
    for share
)

insert into notices (directory_id, user_id, event, mail, lane, password_version)
select $1, a.id, 'reset_requested', 'login_details', $3, coalesce(c.version, 0)
from account as a
left join credentials as c on c.directory_id = $1 and c.user_id = $2
returning user_id
