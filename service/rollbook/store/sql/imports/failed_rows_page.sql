-- The packed cells of failed rows by their first line: the next ones after ($4, $5, $6), of what was
-- refused while the file came in and of the plan in force, $3.
select first_line, plan, number, packed
from import_failures
where
    directory_id = $1 and import_id = $2 and plan in (0, $3)
    and (first_line, plan, number) > ($4, $5, $6)
order by first_line, plan, number
limit 1
