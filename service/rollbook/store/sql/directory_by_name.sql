-- A directory and its default role, by its name.
select d.id, d.name, d.display_name, r.id as default_role_id, r.name as default_role
from directories as d
join roles as r on r.directory_id = d.id and r.is_default
where d.name = $1
