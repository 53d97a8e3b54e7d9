-- Each field that the staged rows of $5 would change: position, field, old, new; `place` orders them.
-- $1 directory · $2 whether a username that is the e-mail follows it
-- $3 the role of a row that names none · $4 source of a full sync, else ''
-- $5 what becomes of each position, a byte: 0 for a row that is not asked about
-- A name is looked up by a subquery, which stays on the primary key; a join to all names of the
-- directory would be made by reading them all for each row, where the planner does not know them.
-- A new user's boolean is a change only where the row names it: its default is none.
-- OFFSET 0 makes a new id a plain value: under row-level security no index is asked for what a
-- `coalesce` answers.
select s.pos, f.place, f.field, coalesce(f.old, '') as old, coalesce(f.new, '') as new
from staged_{schema} as s
left join lateral (
    select *
    from users
    where directory_id = (select $1::bigint) and number_key = s.number_key
    offset 0
) as u on true
cross join lateral (
    select *
    from (
        {{staging/new_values}}
    ) as made
    offset 0
) as n
cross join lateral (
    values
    ({place}, '{name}', u.{column}, n.{column}), -- each text field
    ({place}, '{name}', u.{column}::integer::text, case when u.id is not null or s.{column} is not null then n.{column}::integer::text end), -- each boolean field
    ({place}, '{name}', (select name from {names} where directory_id = (select $1::bigint) and id = u.{column}), (select name from {names} where directory_id = (select $1::bigint) and id = n.{column})), -- each named field
    (900, 'status', case when n.reactivates then 'suspended' end, case when n.reactivates then 'active' end),
    (901, 'sources', case when n.joins then array_to_string({{users/sources}}, ', ') end, case when n.joins then array_to_string(n.sources, ', ') end),
    (0, '', '', '')
    union all
    select 1000, 'attributes.' || a.key, u.attributes ->> a.key, n.attributes ->> a.key
    from jsonb_object_keys(coalesce(u.attributes, '{}') || n.attributes) as a (key)
) as f (place, field, old, new)
where get_byte($5::bytea, s.pos) <> 0 and coalesce(f.old, '') <> coalesce(f.new, '')
