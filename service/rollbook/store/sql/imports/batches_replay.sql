-- The packed answers of an import's batches after the batch ($4, $5) by plan and number, the next
-- few: those given while the file came in, and those of its plan in force, $3.
select plan, number, results
from import_batches
where
    directory_id = $1 and import_id = $2 and plan in (0, $3)
    and (plan, number) > ($4, $5)
order by plan, number
limit 8
