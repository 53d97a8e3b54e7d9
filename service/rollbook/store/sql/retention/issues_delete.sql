-- Deletes issues of the import $2 of directory $1, the first $3 by their key. Answers how many.
with last as (
    select f.plan, f.line, f.position
    from (
        select i.plan, i.line, i.position
        from import_issues as i
        where i.directory_id = $1 and i.import_id = $2
        order by i.plan, i.line, i.position
        limit $3
    ) as f
    order by f.plan desc, f.line desc, f.position desc
    limit 1
),

gone as (
    delete from import_issues as i
    using last as l
    where
        i.directory_id = $1 and i.import_id = $2
        and (i.plan, i.line, i.position) <= (l.plan, l.line, l.position)
    returning 1
)

select count(*) from gone
