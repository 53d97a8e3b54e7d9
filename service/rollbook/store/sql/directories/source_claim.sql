-- Makes principal $3 the owner of source $2 of directory $1, if it has none yet.
insert into source_owners (directory_id, source, principal)
values ($1, $2, $3)
on conflict do nothing
