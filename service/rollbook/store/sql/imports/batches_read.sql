-- The packed answers of those batches of an import that have the plans $3 and the numbers $4.
select b.plan, b.number, b.results
from unnest($3::integer[], $4::integer[]) as k (plan, number)
cross join lateral (
    select plan, number, results
    from import_batches
    where directory_id = $1 and import_id = $2 and plan = k.plan and number = k.number
    offset 0
) as b
