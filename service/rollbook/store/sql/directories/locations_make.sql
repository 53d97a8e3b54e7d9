-- Makes locations of the names $2 with the keys $3, and their names; answers keys and ids.
with made as (
    insert into locations (directory_id, name, name_key)
    select $1, n.name, n.name_key
    from unnest($2::text[], $3::text[]) as n (name, name_key)
    order by n.name_key
    returning directory_id, id, name, name_key
),

named as (
    insert into location_names (directory_id, name_key, location_id, name)
    select directory_id, name_key, id, name from made
)

select name_key, id from made
