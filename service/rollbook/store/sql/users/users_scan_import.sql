-- As users_scan.sql, of the users whom the import $4 created or changed.
with found as materialized (
    {{users/of_import}}
    order by id
    limit 2000
),

scanned as materialized (
    select u.id, null as at, 0 as kind,
        {{users/conditions}} as fits
    from found as f
    cross join lateral (
        select *
        from users
        where directory_id = (select $1::bigint) and id = f.id and id > $2
        offset 0
    ) as u
),

{{users/picked}}
