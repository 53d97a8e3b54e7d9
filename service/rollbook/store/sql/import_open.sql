-- Opens an import; nothing happens where its id is already known.
insert into imports (
    directory_id, id, principal, profile, source, options, state, warnings
)
values ($1, $2, $3, $4, $5, $6, 'RUNNING', '[]')
on conflict do nothing
returning id
