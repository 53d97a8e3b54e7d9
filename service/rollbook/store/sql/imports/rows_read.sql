-- The batches of kept rows of the kind $3 that have the numbers $4, in that order.
select r.packed
from unnest($4::integer[]) with ordinality as k (number, place)
cross join lateral (
    select packed
    from import_rows
    where directory_id = $1 and import_id = $2 and kind = $3 and number = k.number
    offset 0
) as r
order by k.place
