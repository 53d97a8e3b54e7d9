-- Imports of directory $1 that are marked $2, at most $3.
select i.id
from imports as i
where i.directory_id = $1 and i.kept = $2 and i.kept <> 'answers'
order by i.created_at
limit $3
