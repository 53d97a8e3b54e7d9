-- Claims at most $3 notices of the lanes $4 that are due, for $1 and $2 seconds. Directories take
-- turns: of each the oldest first, as many as its rate allows now; the urgent lane 0 alone waits for
-- no rate. Locks no more than it claims: candidates are found without a lock, and those that another
-- worker has just locked or claimed are passed over.
-- The directories that have pending notices are found one by one, each by a step down the index.
-- A rate is spread evenly: with k = ceil(rate / 30), at most k in any k * 60 / rate seconds, which are
-- two seconds or, with a low rate, the time of one notice.
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

ready as materialized (
    select w.directory_id
    from waiting as w
    where exists (
        select
        from unnest($4::smallint[]) as l (lane)
        cross join lateral (
            select
            from notices as n
            where
                n.directory_id = w.directory_id and n.lane = l.lane and n.state = 'pending'
                and n.due_at <= now() and (n.claimed_until is null or n.claimed_until <= now())
            order by n.due_at
            limit 1
        ) as f
    )
),

candidates as materialized (
    select
        f.directory_id, f.id, f.due_at, d.name, d.display_name,
        row_number() over (partition by f.directory_id order by f.due_at, f.id) as turn
    from ready as w
    inner join directories as d on d.id = w.directory_id
    cross join lateral (
        select
            count(*) as in_a_minute,
            count(*) filter (
                where c.claimed_at > now() - interval '1 minute'
                * (ceil(d.notices_per_minute / 30.0) / d.notices_per_minute)
            ) as lately
        from notices as c
        where
            d.notices_per_minute is not null and c.directory_id = w.directory_id
            and c.claimed_at > now() - interval '1 minute'
    ) as claimed
    cross join lateral (
        -- Without a rate there are enough for several workers that claim at the same time: of one
        -- directory, or of many together.
        select case
            when d.notices_per_minute is null or 0 = all($4::smallint[])
                then greatest(1, 8 * $3::bigint / r.directories, $3 * (r.directories <= 50)::integer)
            else greatest(0, least(
                $3::bigint,
                d.notices_per_minute - claimed.in_a_minute,
                ceil(d.notices_per_minute / 30.0)::bigint - claimed.lately
            ))
        end as most
        from (select count(*) as directories from ready) as r
    ) as may
    cross join lateral (
        select o.directory_id, o.id, o.due_at
        from unnest($4::smallint[]) as l (lane)
        cross join lateral (
            select n.directory_id, n.id, n.due_at
            from notices as n
            where
                n.directory_id = w.directory_id and n.lane = l.lane and n.state = 'pending'
                and n.due_at <= now() and (n.claimed_until is null or n.claimed_until <= now())
            order by n.due_at, n.id
            limit may.most
        ) as o
        order by o.due_at, o.id
        limit may.most
    ) as f
),

due as (
    select
        n.directory_id, n.id, n.due_at, c.name, c.display_name, c.turn,
        n.opens_from is not null as may_be_out
    from candidates as c
    inner join notices as n on n.directory_id = c.directory_id and n.id = c.id
    where
        n.state = 'pending' and n.due_at <= now()
        and (n.claimed_until is null or n.claimed_until <= now())
    order by c.turn, n.due_at, n.directory_id, n.id
    limit $3
    for update of n skip locked
)

update notices as n
set
    claimed_by = $1,
    claimed_at = now(),
    claimed_until = now() + $2::double precision * interval '1 second',
    first_claimed_at = coalesce(n.first_claimed_at, now()),
    opens_from = coalesce(n.opens_from, now()),
    attempts = n.attempts + 1
from due
where n.directory_id = due.directory_id and n.id = due.id
returning
    n.directory_id, due.name as directory, due.display_name as directory_name, n.id, n.key,
    n.user_id, n.import_id, n.event, n.mail, n.created_at, n.attempts, n.in_doubt, due.due_at,
    extract(epoch from now() - coalesce(n.first_claimed_at, now()))::double precision as since_s,
    n.first_claimed_at, n.password_version, n.opens_from, n.address, due.turn,
    due.may_be_out, n.happened_at
