-- The locations of directory $1 that any of the keys $2 means by name or code, not by an alias; each
-- with its aliases and their keys.
with held as (
    select distinct n.location_id
    from location_names as n
    where n.directory_id = $1 and n.name_key = any($2::text[]) and not n.is_alias
)

select
    l.name_key, l.name, l.code_key, l.code,
    array_remove(array_agg(n.name_key order by n.name_key), null) as alias_keys,
    array_remove(array_agg(n.name order by n.name_key), null) as aliases
from held as h
join locations as l on l.directory_id = $1 and l.id = h.location_id
left join location_names as n on n.directory_id = $1 and n.location_id = l.id and n.is_alias
group by l.id, l.name_key, l.name, l.code_key, l.code
