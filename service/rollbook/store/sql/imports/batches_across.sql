-- The batches of an import that begin at or before the line $4 and end behind it: of those answered
-- while the file came in and of the plan in force, $3; and whether each fits $5 and $6. A batch is
-- among the long ones, which have an index of their own, or begins within 10,000 lines before.
select b.plan, b.number, b.first_line, b.rows, {{imports/batch_fits}} as fits
from (select 0 as number union select $3::integer) as p
cross join lateral (
    (
        select n.plan, n.number, n.first_line, n.rows, n.holds
        from import_batches as n
        where
            n.directory_id = $1 and n.import_id = $2 and n.plan = p.number and n.rows > 0
            and n.first_line > $4::bigint - 10000 and n.first_line <= $4
            and n.last_line > $4 and n.last_line - n.first_line < 10000
        order by n.first_line
    )
    union all
    (
        select l.plan, l.number, l.first_line, l.rows, l.holds
        from import_batches as l
        where
            l.directory_id = $1 and l.import_id = $2 and l.plan = p.number and l.rows > 0
            and l.first_line <= $4 and l.last_line > $4 and l.last_line - l.first_line >= 10000
        order by l.first_line
    )
) as b
order by b.first_line, b.plan, b.number
