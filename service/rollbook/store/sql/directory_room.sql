-- A directory's seats, how many are taken, and its safeguards. Read during the directory's turn.
select
    d.seats, d.active_users, d.max_suspended_percent, d.max_suspended, d.max_email_percent,
    d.max_role_percent
from directories as d
where d.id = $1
