-- Notices of directory $1, newest first: at most $3 of those before the id $2.
with page as materialized (
    select id
    from notices
    where directory_id = $1 and id < $2
    order by id desc
    limit $3
)

{{notifications/picked}}
order by n.id desc
