-- As users_scan.sql, of the users whom a text means, by the names of users/name_arm: in the order of
-- these, of each name, and id; after the name $15 (NULL: the first) of the kind $21 and the id $2. Whom
-- an earlier name means as well was listed there, such as all whose e-mail begins with their first name,
-- which are left out of its index. If the narrowest condition leaves few users, these are looked at.
with narrow as materialized (
    select n.id
    from (
        {{users/of_import}}
        union all
        select u.id
        from (
            {{users/narrowed}}
        ) as u
    ) as n
    limit 1000
),

many as materialized (
    select $13 = '' or (select count(*) from narrow) >= 1000 as so
),

few as materialized (
    select u.*,
        {{users/name_arm}} as kind
    from narrow as n
    cross join lateral (
        select *
        from users
        where directory_id = (select $1::bigint) and id = n.id
        offset 0
    ) as u
    where not (select so from many)
),

scanned as materialized (
    select u.id, u.at, u.kind,
        {{users/conditions}}
        and u.kind = {{users/name_arm}} as fits
    from (
        (
            select f.*
            from (
                select
                    f.*,
                    case f.kind
                        when 1 then f.number_key
                        when 2 then f.email_key
                        when 3 then f.username_key
                        when 4 then f.first_name_lower
                        when 6 then f.name_lower
                        else f.last_name_lower
                    end as at
                from few as f
            ) as f
            where (f.kind, f.at, f.id) > ($21::integer, coalesce($15::text collate "C", ''), $2::bigint)
            order by f.kind, f.at, f.id
        )
        union all
        (
            select u.*, 1 as kind, u.number_key as at
            from users as u
            where
                $21 <= 1 and (select so from many) and u.directory_id = (select $1::bigint)
                and u.number_key >= case $21 when 1 then coalesce($15, $16) else $16 end
                and u.id <> case $21 when 1 then $2 else 0 end
                and u.number_key < $16 || chr(1114111)
            order by u.number_key
            limit 2000
        )
        union all
        (
            select u.*, 2 as kind, u.email_key as at
            from users as u
            where
                $21 <= 2 and (select so from many) and u.directory_id = (select $1::bigint)
                and u.email_key >= case $21 when 2 then coalesce($15, $17) else $17 end
                and u.id <> case $21 when 2 then $2 else 0 end
                and u.email_key < $17 || chr(1114111)
            order by u.email_key
            limit 2000
        )
        union all
        (
            select u.*, 3 as kind, u.username_key as at
            from users as u
            where
                $21 <= 3 and (select so from many) and u.directory_id = (select $1::bigint)
                and u.username_key >= case $21 when 3 then coalesce($15, $17) else $17 end
                and u.id <> case $21 when 3 then $2 else 0 end
                and u.username_key < $17 || chr(1114111)
            order by u.username_key
            limit 2000
        )
        union all
        (
            select u.*, 4 as kind, u.first_name_lower as at
            from users as u
            where
                $21 <= 4 and (select so from many) and u.directory_id = (select $1::bigint)
                and (u.first_name_lower, u.id) > (
                    case $21 when 4 then coalesce($15, lower($18)) else lower($18) end, case $21 when 4 then $2 else 0 end
                )
                and u.first_name_lower < lower($18) || chr(1114111)
                and not starts_with(u.email_key, u.first_name_lower)
            order by u.first_name_lower, u.id
            limit 2000
        )
        union all
        (
            select u.*, 5 as kind, u.last_name_lower as at
            from users as u
            where
                $21 <= 5 and (select so from many) and u.directory_id = (select $1::bigint)
                and (u.last_name_lower, u.id) > (
                    case $21 when 5 then coalesce($15, lower($18)) else lower($18) end, case $21 when 5 then $2 else 0 end
                )
                and u.last_name_lower < lower($18) || chr(1114111) and u.last_name_lower <> ''
            order by u.last_name_lower, u.id
            limit 2000
        )
        union all
        (
            select u.*, 6 as kind, u.name_lower as at
            from users as u
            where
                $21 <= 6 and (select so from many) and u.directory_id = (select $1::bigint)
                and (u.name_lower, u.id) > (
                    case $21 when 6 then coalesce($15, lower($18)) else lower($18) end, case $21 when 6 then $2 else 0 end
                )
                and u.name_lower < lower($18) || chr(1114111) and u.name_lower <> ''
            order by u.name_lower, u.id
            limit 2000
        )
        union all
        (
            select u.*, 7 as kind, u.last_name_lower as at
            from users as u
            where
                $21 <= 7 and (select so from many) and u.directory_id = (select $1::bigint)
                and (u.last_name_lower, u.id) > (
                    case $21 when 7 then coalesce($15, lower($20)) else lower($20) end, case $21 when 7 then $2 else 0 end
                )
                and u.last_name_lower < lower($20) || chr(1114111) and u.last_name_lower <> ''
            order by u.last_name_lower, u.id
            limit 2000
        )
    ) as u
    limit 2000
),

{{users/picked}}
