-- What directory $1 is set to, and how many of its users are active.
select
    d.name, d.display_name, r.name as default_role, d.seats, d.active_users,
    d.max_suspended_percent, d.max_suspended, d.max_email_percent, d.max_role_percent
from directories as d
join roles as r on r.directory_id = d.id and r.is_default
where d.id = $1
