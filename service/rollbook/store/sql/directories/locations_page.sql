-- Locations of directory $1 by key, each with its aliases and their keys: at most $3 of those after
-- the key $2.
with page as (
    select l.directory_id, l.id, l.name_key, l.name, l.code_key, l.code
    from locations as l
    where l.directory_id = $1 and l.name_key > $2
    order by l.name_key
    limit $3
)

select
    p.name_key, p.name, p.code_key, p.code,
    array_remove(array_agg(n.name_key order by n.name_key), null) as alias_keys,
    array_remove(array_agg(n.name order by n.name_key), null) as aliases
from page as p
left join lateral (
    select name_key, name
    from location_names
    where directory_id = (select $1::bigint) and location_id = p.id and is_alias
    offset 0
) as n on true
group by p.id, p.name_key, p.name, p.code_key, p.code
order by p.name_key
