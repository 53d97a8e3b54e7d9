-- Makes roles in directory $1, and the texts that mean them. $2 to $4 are the roles: key, name,
-- privileged; $5 to $7 the texts: the role's key, the text's key, the text.
with made as (
    insert into roles (directory_id, name_key, name, privileged)
    select $1, r.name_key, r.name, r.privileged
    from unnest($2::text[], $3::text[], $4::boolean[]) as r (name_key, name, privileged)
    order by r.name_key
    returning id, name_key
)

insert into role_names (directory_id, role_id, name_key, name)
select $1, m.id, n.name_key, n.name
from made as m
join unnest($5::text[], $6::text[], $7::text[]) as n (role_key, name_key, name)
    on n.role_key = m.name_key
