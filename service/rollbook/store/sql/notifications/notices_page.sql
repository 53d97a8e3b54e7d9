-- Notices of the import $2 of directory $1 by line: at most $6 of those after ($3, $4), in the states
-- $5. Each state is read along its index, so that a page costs a page, however rare its state is.
with page as materialized (
    select f.line, f.id
    from unnest($5::text[]) as s (state)
    cross join lateral (
        select line, id
        from notices
        where
            directory_id = $1 and import_id = $2 and state = s.state and (line, id) > ($3, $4)
        order by line, id
        limit $6
    ) as f
    order by f.line, f.id
    limit $6
)

{{notifications/picked}}
order by n.line, n.id
