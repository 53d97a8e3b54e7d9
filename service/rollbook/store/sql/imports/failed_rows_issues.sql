-- The issues of the lines $4 of an import, by line: found while the file came in, and by the plan in
-- force, $3.
select line, code, field, message, params
from import_issues
where directory_id = $1 and import_id = $2 and plan in (0, $3) and line = any($4::bigint[])
order by line, plan, position
