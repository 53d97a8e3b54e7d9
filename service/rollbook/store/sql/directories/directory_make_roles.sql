-- Makes the first roles of directory $1. $2 to $4 are the roles: name, key, privileged (the other is
-- the default); $5 to $7 the texts that mean them: the role's key, the text's key, the text.
with made as (
    insert into roles (directory_id, name, name_key, privileged, is_default)
    select $1, r.name, r.name_key, r.privileged, not r.privileged
    from unnest($2::text[], $3::text[], $4::boolean[]) as r (name, name_key, privileged)
    returning id, name_key
)

insert into role_names (directory_id, name_key, role_id, name)
select $1, n.name_key, m.id, n.name
from made as m
join unnest($5::text[], $6::text[], $7::text[]) as n (role_key, name_key, name)
    on n.role_key = m.name_key
