-- The packed cells of failed rows of some batches of an import: by their first failed lines $3, plans
-- $4 and numbers $5.
select f.packed
from unnest($3::bigint[], $4::integer[], $5::integer[]) as k (first_line, plan, number)
cross join lateral (
    select packed
    from import_failures
    where
        directory_id = $1 and import_id = $2 and first_line = k.first_line
        and plan = k.plan and number = k.number
    offset 0
) as f
