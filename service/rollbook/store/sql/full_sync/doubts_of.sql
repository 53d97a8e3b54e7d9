-- Whom the rows at the lines $1 keep from being suspended: line, field, number.
select d.line, d.field, d.employee_number
from unnest($1::bigint[]) as l (line)
cross join lateral (
    select *
    from doubts_{schema}
    where line = l.line
    offset 0
) as d
where d.is_suspended
order by d.line, d.field, d.employee_number
