-- What the directory $1 has room for; see directory_room.sql.
select
    d.seats, d.active_users, d.max_suspended_percent, d.max_suspended, d.max_email_percent,
    d.max_role_percent, r.id as default_role_id, d.notices,
    array(
        select p.id from roles as p where p.directory_id = d.id and p.privileged
    ) as privileged_roles
from directories as d
join roles as r on r.directory_id = d.id and r.is_default
where d.id = $1
