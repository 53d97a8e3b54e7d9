-- The issues of the lines $4 of an import, by line: found while the file came in, and by the plan in
-- force, $3. LATERAL with OFFSET 0 looks up each line by the key, whatever the statistics say: else
-- all issues may be read for each few lines.
select i.line, i.code, i.field, i.message, i.params
from unnest($4::bigint[]) as k (line)
cross join (select 0 as number union select $3::integer) as p
cross join lateral (
    select line, plan, position, code, field, message, params
    from import_issues
    where directory_id = $1 and import_id = $2 and plan = p.number and line = k.line
    offset 0
) as i
order by i.line, i.plan, i.position
