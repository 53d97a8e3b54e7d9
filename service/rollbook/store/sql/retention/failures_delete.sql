-- Deletes the cells of failed rows of the import $2 of directory $1, the first $3 by their key. Answers how many.
with last as (
    select f.first_line, f.plan, f.number
    from (
        select c.first_line, c.plan, c.number
        from import_failures as c
        where c.directory_id = $1 and c.import_id = $2
        order by c.first_line, c.plan, c.number
        limit $3
    ) as f
    order by f.first_line desc, f.plan desc, f.number desc
    limit 1
),

gone as (
    delete from import_failures as c
    using last as l
    where
        c.directory_id = $1 and c.import_id = $2
        and (c.first_line, c.plan, c.number) <= (l.first_line, l.plan, l.number)
    returning 1
)

select count(*) from gone
