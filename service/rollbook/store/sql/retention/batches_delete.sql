-- Deletes the ledger of the import $2 of directory $1, the first $3 by their key. Answers how many.
with last as (
    select f.plan, f.number
    from (
        select b.plan, b.number
        from import_batches as b
        where b.directory_id = $1 and b.import_id = $2
        order by b.plan, b.number
        limit $3
    ) as f
    order by f.plan desc, f.number desc
    limit 1
),

gone as (
    delete from import_batches as b
    using last as l
    where
        b.directory_id = $1 and b.import_id = $2
        and (b.plan, b.number) <= (l.plan, l.number)
    returning 1
)

select count(*) from gone
