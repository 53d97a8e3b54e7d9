-- Hides imports of directory $1 that are to be deleted, at most $3: those in which nothing has
-- happened for $2 days. Answers how many.
with resting as (
    select i.id, i.principal, i.created_at
    from imports as i
    where
        i.directory_id = $1 and i.kept <> 'nothing'
        and i.created_at < now() - make_interval(days => $2)
        and i.updated_at < now() - make_interval(days => $2)
    order by i.created_at
    limit $3
),

{{retention/free}}

marked as (
    update imports as i
    set kept = 'nothing'
    from free as f
    where
        i.directory_id = $1 and i.id = f.import_id and i.kept <> 'nothing'
        and i.updated_at < now() - make_interval(days => $2)
    returning i.id
)

select count(*) from marked
