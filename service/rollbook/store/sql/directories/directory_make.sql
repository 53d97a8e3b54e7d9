-- Makes a directory; answers its id, or nothing where the name is taken.
insert into directories (name, display_name)
values ($1, $2)
on conflict do nothing
returning id
