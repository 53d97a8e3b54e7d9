-- Marks that the rows of imports of directory $1 are being deleted, at most $3: of those without a
-- change for $2 days. Answers how many. An import without a living owner counts as interrupted.
with resting as (
    select i.id, i.principal, i.created_at
    from imports as i
    where
        i.directory_id = $1 and i.kept = 'all'
        and i.created_at < now() - make_interval(days => $2)
        and i.updated_at < now() - make_interval(days => $2)
    order by i.created_at
    limit $3
),

{{retention/free}}

marked as (
    update imports as i
    set
        kept = 'rows_going',
        state = case when i.state = 'RUNNING' then 'INTERRUPTED' else i.state end
    from free as f
    where
        i.directory_id = $1 and i.id = f.import_id and i.kept = 'all'
        and i.updated_at < now() - make_interval(days => $2)
    returning i.id
)

select count(*) from marked
