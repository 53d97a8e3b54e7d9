-- Deletes sessions that ended over $1 days ago, at most $2. Answers how many.
with gone as (
    delete from sessions as s
    using (
        select e.hash
        from sessions as e
        where least(e.expires_at, e.ended_at) < now() - make_interval(days => $1)
        order by least(e.expires_at, e.ended_at)
        limit $2
    ) as old
    where s.hash = old.hash
    returning 1
)

select count(*) from gone
