-- Deletes rows that were kept of the import $2 of directory $1, the first $3 by their key. Answers how many.
with last as (
    select f.kind, f.number
    from (
        select r.kind, r.number
        from import_rows as r
        where r.directory_id = $1 and r.import_id = $2
        order by r.kind, r.number
        limit $3
    ) as f
    order by f.kind desc, f.number desc
    limit 1
),

gone as (
    delete from import_rows as r
    using last as l
    where
        r.directory_id = $1 and r.import_id = $2
        and (r.kind, r.number) <= (l.kind, l.number)
    returning 1
)

select count(*) from gone
