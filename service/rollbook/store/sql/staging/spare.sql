-- Gives damaged texts of the staged rows at $2 the stored value, where the two differ only there.
-- U+FFFD (65533) marks the damage: a run of them stands for one character at least, and all of them
-- together for no more characters than they are.
-- $1 directory · $2 positions
-- A username brings its key along; an e-mail with U+FFFD was refused. The users are found as `match`
-- finds them, and the staged rows joined by ctid, as they have no index.
update staged_{schema} as s
set
    {column} = k.kept ->> '{name}', -- each text field
    username_key = case when k.kept ->> 'username' is distinct from s.username
        then k.username_key else s.username_key end,
    attributes = (
        select jsonb_object_agg(substr(a.key, length('attributes.') + 1), a.value)
        from jsonb_each(k.kept) as a
        where a.key like 'attributes.%'
    )
from (
    select d.ctid as at, u.username_key, c.kept
    from staged_{schema} as d
    cross join lateral (
        select *
        from users
        where directory_id = (select $1::bigint) and number_key = d.number_key
        offset 0
    ) as u
    cross join lateral (
        select jsonb_object_agg(
            f.field,
            case when strpos(f.new, chr(65533)) > 0
                and char_length(f.old) <= char_length(f.new)
                and f.old like regexp_replace(
                    regexp_replace(f.new, '([\\%_])', '\\\1', 'g'), chr(65533) || '+', '_%', 'g'
                )
            then f.old else f.new end
        ) as kept
        from (
            values
            ('{name}', u.{column}, d.{column}), -- each text field
            ('', '', '')
            union all
            select 'attributes.' || a.key, u.attributes ->> a.key, d.attributes ->> a.key
            from jsonb_object_keys(coalesce(d.attributes, '{}')) as a (key)
        ) as f (field, old, new)
    ) as c
    where d.pos = any($2::integer[])
) as k
where s.ctid = k.at
