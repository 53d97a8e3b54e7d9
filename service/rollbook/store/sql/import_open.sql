-- Opens an import; nothing happens where its id is already known.
insert into imports (
    directory_id, id, principal, profile, source, options, state, active_at_start
)
select $1, $2, $3, $4, $5, $6, 'RUNNING', d.active_users
from directories as d
where d.id = $1
on conflict do nothing
returning id
