-- A directory, its default role, and the least length of its passwords, by its name.
select d.id, d.name, d.display_name, r.id as default_role_id, r.name as default_role,
    d.password_min_length
from directories as d
cross join lateral directory_default_role(d.id) as r
where d.name = $1
