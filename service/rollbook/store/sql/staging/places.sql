-- Gives the staged rows the locations $1 and the units $2 that were just made, each an array with
-- one id a position, counted from 0; an id of 0 leaves what is there.
-- The arrays are read by position: joined, they would be looked through once for each row, since a
-- batch knows no hash joins. No element is NULL, for such an array is walked from its start.
update staged_{schema} as s
set
    location_id = coalesce(nullif(($1::bigint[])[s.pos + 1], 0), s.location_id),
    unit_id = coalesce(nullif(($2::bigint[])[s.pos + 1], 0), s.unit_id)
where ($1::bigint[])[s.pos + 1] <> 0 or ($2::bigint[])[s.pos + 1] <> 0
