-- Directories by name, and what they are set to: at most $2 of those after the name $1 and among $3;
-- NULL: any.
select
    d.name, d.display_name, r.name as default_role, d.seats, d.active_users,
    d.max_suspended_percent, d.max_suspended, d.max_email_percent, d.max_role_percent
from directories as d
join roles as r on r.directory_id = d.id and r.is_default
where d.name > $1 and ($3::text[] is null or d.name = any($3))
order by d.name
limit $2
