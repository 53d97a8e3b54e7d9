-- A directory's seats, how many are taken, its safeguards, what is told there and its privileged
-- roles. Read during the directory's turn.
select
    d.seats, d.active_users, d.max_suspended_percent, d.max_suspended, d.max_email_percent,
    d.max_role_percent, d.notices,
    array(
        select r.id from roles as r where r.directory_id = d.id and r.privileged
    ) as privileged_roles
from directories as d
where d.id = $1
