-- A directory's seats, how many are taken, its safeguards, and the role that new users get. Read
-- during the directory's turn.
select
    d.seats, d.active_users, d.max_suspended_percent, d.max_suspended, d.max_email_percent,
    d.max_role_percent, r.id as default_role_id
from directories as d
join roles as r on r.directory_id = d.id and r.is_default
where d.id = $1
