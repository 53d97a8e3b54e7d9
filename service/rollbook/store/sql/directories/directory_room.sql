-- A directory's seats, how many are taken, its safeguards, the role that new users get, the events
-- that become notices, and its privileged roles. Read during the directory's turn.
select
    d.seats, d.active_users, d.max_suspended_percent, d.max_suspended, d.max_email_percent,
    d.max_role_percent, r.id as default_role_id, d.notices,
    array(
        select p.id from roles as p where p.directory_id = d.id and p.privileged
    ) as privileged_roles
from directories as d
join roles as r on r.directory_id = d.id and r.is_default
where d.id = $1
