-- Directories by name, and what they are set to: at most $2 of those after the name $1 and among $3;
-- NULL: any.
with page as (
    select *
    from directories as d
    where d.name > $1 and ($3::text[] is null or d.name = any($3))
    order by d.name
    limit $2
)

select
    d.name, d.display_name, r.name as default_role, d.seats, d.active_users,
    d.notices, d.notices_per_minute, d.password_min_length,
    d.max_suspended_percent, d.max_suspended, d.max_email_percent, d.max_role_percent,
    directory_sources(d.id) as sources
from page as d
cross join lateral directory_default_role(d.id) as r
order by d.name
