-- As users_scan.sql, by the time of change and id: after the time $15 and the id $2. Users last changed
-- when a row of their history says, or when they were created; both are read in their order, and of each
-- time the user says whether it was the last. So no index holds that time, and an update of a user need
-- write none. If the narrowest condition leaves few users, these are looked at, and not all of the time.
with few as materialized (
    select u.id, u.updated_at as at, 0 as kind,
        {{users/conditions}} as fits
    from (
        {{users/narrowed}}
    ) as u
    limit 1000
),

many as materialized (
    select $13 = '' or (select count(*) from few) >= 1000 as so
),

found as materialized (
    (
        select distinct h.changed_at as at, h.user_id as id
        from user_history as h
        where
            (select so from many) and h.directory_id = (select $1::bigint)
            and (h.changed_at, h.user_id) > ($15::timestamptz, $2::bigint)
            and ($8 is null or h.changed_at < $8)
        order by h.changed_at, h.user_id
        limit 2000
    )
    union
    (
        select u.created_at, u.id
        from users as u
        where
            (select so from many) and u.directory_id = (select $1::bigint)
            and (u.created_at, u.id) > ($15, $2)
            and ($8 is null or u.created_at < $8)
        order by u.created_at, u.id
        limit 2000
    )
    order by at, id
    limit 2000
),

scanned as materialized (
    (
        select f.id, f.at, f.kind, f.fits
        from few as f
        where not (select so from many) and (f.at, f.id) > ($15, $2)
        order by f.at, f.id
    )
    union all
    (
        select f.id, f.at, 0 as kind,
            u.updated_at = f.at and {{users/conditions}} as fits
        from found as f
        left join lateral (
            select *
            from users
            where directory_id = (select $1::bigint) and id = f.id
            offset 0
        ) as u on true
    )
),

{{users/picked}}
