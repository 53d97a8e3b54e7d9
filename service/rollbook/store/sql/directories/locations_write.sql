-- Makes locations in directory $1, and the texts that mean them. $2 to $5 are the locations: key,
-- name, key of the code (null: none), code; $6 to $9 the texts: the location's key, the text's key,
-- the text, and whether it is an alias.
with made as (
    insert into locations (directory_id, name_key, name, code_key, code)
    select $1, l.name_key, l.name, l.code_key, l.code
    from unnest($2::text[], $3::text[], $4::text[], $5::text[])
        as l (name_key, name, code_key, code)
    order by l.name_key
    returning id, name_key
)

insert into location_names (directory_id, location_id, name_key, name, is_alias)
select $1, m.id, n.name_key, n.name, n.is_alias
from made as m
join unnest($6::text[], $7::text[], $8::text[], $9::boolean[])
    as n (location_key, name_key, name, is_alias)
    on n.location_key = m.name_key
