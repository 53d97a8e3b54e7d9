-- Deletes notices of directory $1 that were settled over $2 days ago: about $3 of them, the oldest
-- claims first, of which each was settled later than it was made. Answers how many.
with last as (
    select f.claimed_at
    from (
        select n.claimed_at
        from notices as n
        where
            n.directory_id = $1
            and n.claimed_at < now() - make_interval(days => $2)
            and n.settled_at < now() - make_interval(days => $2)
        order by n.claimed_at
        limit $3
    ) as f
    order by f.claimed_at desc
    limit 1
),

gone as (
    delete from notices as n
    using last as l
    where
        n.directory_id = $1 and n.claimed_at <= l.claimed_at
        and n.settled_at < now() - make_interval(days => $2)
    returning 1
)

select count(*) from gone
