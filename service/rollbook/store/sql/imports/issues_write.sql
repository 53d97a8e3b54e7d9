-- Writes the issues of a batch: in the batch's own transaction.
insert into import_issues (
    directory_id, import_id, plan, line, position, row, code, field, message, params
)
select $1, $2, $3, i.line, i.position, i.row, i.code, i.field, i.message, i.params
from unnest(
    $4::bigint[], $5::smallint[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::jsonb[]
) as i (line, position, row, code, field, message, params)
