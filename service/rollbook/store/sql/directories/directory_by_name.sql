-- A directory and its default role, by its name.
select d.id, d.name, d.display_name, r.id as default_role_id, r.name as default_role
from directories as d
cross join lateral directory_default_role(d.id) as r
where d.name = $1
