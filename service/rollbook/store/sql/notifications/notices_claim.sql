-- Claims at most $3 notices that are due, for $1 and $2 seconds: the oldest of all directories, of
-- each as many as its limit leaves in this minute. What another has just claimed is passed over.
-- The directories that have any pending are found one by one, by a step down the index each.
with recursive waiting as (
    (
        select n.directory_id
        from notices as n
        where n.state = 'pending'
        order by n.directory_id
        limit 1
    )
    union all
    select (
        select n.directory_id
        from notices as n
        where n.state = 'pending' and n.directory_id > w.directory_id
        order by n.directory_id
        limit 1
    )
    from waiting as w
    where w.directory_id is not null
),

due as (
    select f.directory_id, f.id, f.due_at, d.name, d.display_name
    from waiting as w
    inner join directories as d on d.id = w.directory_id
    cross join lateral (
        select n.directory_id, n.id, n.due_at
        from notices as n
        where
            n.directory_id = w.directory_id and n.state = 'pending' and n.due_at <= now()
            and (n.claimed_until is null or n.claimed_until <= now())
        order by n.due_at, n.id
        limit case
            when d.notices_per_minute is null then $3::bigint
            else greatest(0, least($3::bigint, d.notices_per_minute - (
                select count(*)
                from notices as c
                where
                    c.directory_id = w.directory_id
                    and c.claimed_at > now() - interval '1 minute'
            )))
        end
        for update skip locked
    ) as f
    order by f.due_at, f.directory_id, f.id
    limit $3
)

update notices as n
set
    claimed_by = $1,
    claimed_at = now(),
    claimed_until = now() + $2::double precision * interval '1 second',
    first_claimed_at = coalesce(n.first_claimed_at, now()),
    attempts = n.attempts + 1
from due
where n.directory_id = due.directory_id and n.id = due.id
returning
    n.directory_id, due.name as directory, due.display_name as directory_name, n.id, n.key,
    n.user_id, n.import_id, n.event, n.mail, n.created_at, n.attempts, n.in_doubt, due.due_at,
    extract(epoch from now() - coalesce(n.first_claimed_at, now()))::double precision as since_s
