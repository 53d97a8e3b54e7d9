-- Takes the first batch of kept rows of the kind $3 away, and answers it.
delete from import_rows as r
where
    r.directory_id = $1 and r.import_id = $2 and r.kind = $3
    and r.number = (
        select min(f.number)
        from import_rows as f
        where f.directory_id = $1 and f.import_id = $2 and f.kind = $3
    )
returning r.packed
