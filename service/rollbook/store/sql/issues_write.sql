-- Writes the issues of a batch: in the batch's own transaction.
insert into import_issues (
    directory_id, import_id, line, position, row, code, field, message, params
)
select $1, $2, i.line, i.position, i.row, i.code, i.field, i.message, i.params
from unnest(
    $3::bigint[], $4::smallint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::jsonb[]
) as i (line, position, row, code, field, message, params)
