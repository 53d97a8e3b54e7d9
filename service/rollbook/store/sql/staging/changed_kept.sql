-- What the parked rows at the positions $1 change: position, fields, old values, new values.
select c.*
from unnest($1::integer[]) as p (pos)
cross join lateral (
    select *
    from changed_{schema}
    where pos = p.pos
    offset 0
) as c
