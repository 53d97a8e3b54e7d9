-- What directory $1 is set to, and how many of its users are active.
select
    d.name, d.display_name, r.name as default_role, d.seats, d.active_users,
    d.notices, d.notices_per_minute, d.password_min_length,
    d.max_suspended_percent, d.max_suspended, d.max_email_percent, d.max_role_percent,
    directory_sources(d.id) as sources
from directories as d
cross join lateral directory_default_role(d.id) as r
where d.id = $1
