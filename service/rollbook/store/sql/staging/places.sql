-- Gives the staged rows at the positions $1 the locations $2 and the units $3 that were just made.
-- NULL leaves what is there.
update staged_{schema} as s
set
    location_id = coalesce(n.location_id, s.location_id),
    unit_id = coalesce(n.unit_id, s.unit_id)
from unnest($1::integer[], $2::bigint[], $3::bigint[]) as n (pos, location_id, unit_id)
where s.pos = n.pos
