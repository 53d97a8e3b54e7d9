-- Makes the sources $2 of directory $1 the principals' $3.
insert into source_owners (directory_id, source, principal)
select $1, s.source, s.principal
from unnest($2::text[], $3::text[]) as s (source, principal)
on conflict (directory_id, source) do update set principal = excluded.principal
