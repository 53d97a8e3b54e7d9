-- As users_scan.sql, by the time of change and id: after the time $15 and the id $2. If the narrowest
-- condition leaves few users, these are looked at, and not all of the time.
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

scanned as materialized (
    (
        select f.id, f.at, f.kind, f.fits
        from few as f
        where not (select so from many) and (f.at, f.id) > ($15::timestamptz, $2::bigint)
        order by f.at, f.id
    )
    union all
    (
        select u.id, u.updated_at as at, 0 as kind,
            {{users/conditions}} as fits
        from users as u
        where
            (select so from many) and u.directory_id = (select $1::bigint)
            and (u.updated_at, u.id) > ($15, $2)
            and ($8 is null or u.updated_at < $8)
        order by u.updated_at, u.id
        limit 2000
    )
),

{{users/picked}}
