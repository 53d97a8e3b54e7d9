-- The next batches of an import by first line, at most $8: of those answered while the file came in
-- and of the plan in force, $3, after the first line $4 and the number $7; and whether each fits $5
-- and $6. Users whom a full sync suspended have line 0.
select b.plan, b.number, b.first_line, b.rows, {{imports/batch_fits}} as fits
from (select 0 as number union select $3::integer) as p
cross join lateral (
    select n.plan, n.number, n.first_line, n.rows, n.holds
    from import_batches as n
    where
        n.directory_id = $1 and n.import_id = $2 and n.plan = p.number and n.rows > 0
        and (n.first_line, n.number) > ($4::bigint, $7::integer)
    order by n.first_line, n.number
    limit $8
) as b
order by b.first_line, b.plan, b.number
limit $8
