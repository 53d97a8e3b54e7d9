-- Opens an import; nothing happens where its id is already known.
insert into imports (
    directory_id, id, principal, profile, source, options, state, active_at_start,
    reaches_privileged, reaches_passwords, caller_users, file_name
)
select $1, $2, $3, $4, $5, $6, 'RUNNING', d.active_users, $7, $8, $9, $10
from directories as d
where d.id = $1
on conflict do nothing
returning id
