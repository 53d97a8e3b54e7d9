-- The packed answers of an import's batches after the batch ($4, $5) by plan and number, the next
-- few: those given while the file came in, and those of its plan in force, $3. Batches whose lines
-- all are at most $6 are left out; users whom a full sync suspended have line 0, and are not. Each
-- half is read along its key.
select p.plan, p.number, p.results
from (
    (
        select b.plan, b.number, b.results
        from import_batches as b
        where
            b.directory_id = $1 and b.import_id = $2 and b.plan = 0
            and $4::integer = 0 and b.number > $5::integer
            and (b.last_line > $6::bigint or b.first_line = 0)
        order by b.number
        limit 8
    )
    union all
    (
        select b.plan, b.number, b.results
        from import_batches as b
        where
            b.directory_id = $1 and b.import_id = $2 and b.plan = $3 and b.plan <> 0
            and (b.plan > $4::integer or b.number > $5::integer)
            and (b.last_line > $6::bigint or b.first_line = 0)
        order by b.number
        limit 8
    )
) as p
order by p.plan, p.number
limit 8
