-- Issues of an import by line: at most $7 of those after ($4, $5), while the file came in and by the
-- plan in force, $3, of the codes $6; null: of any. A row has issues of one of the two alone, and
-- each half is read along its key, so that a page costs a page.
select p.line, p.position, p.row, p.code, p.field, p.message, p.params
from (
    (
        select i.line, i.position, i.row, i.code, i.field, i.message, i.params
        from import_issues as i
        where
            i.directory_id = $1 and i.import_id = $2 and i.plan = 0
            and (i.line, i.position) > ($4, $5)
            and ($6::text[] is null or i.code = any($6))
        order by i.line, i.position
        limit $7
    )
    union all
    (
        select i.line, i.position, i.row, i.code, i.field, i.message, i.params
        from import_issues as i
        where
            i.directory_id = $1 and i.import_id = $2 and i.plan = $3 and i.plan <> 0
            and (i.line, i.position) > ($4, $5)
            and ($6::text[] is null or i.code = any($6))
        order by i.line, i.position
        limit $7
    )
) as p
order by p.line, p.position
limit $7
