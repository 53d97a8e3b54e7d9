-- Makes source $2 of directory $1 principal $3's, if it is nobody's yet.
insert into source_owners (directory_id, source, principal)
values ($1, $2, $3)
on conflict do nothing
