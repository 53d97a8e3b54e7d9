-- As users_page.sql, of the users that a text may mean. Each name has its own index and its own query.
-- If few users match, all of them are read; if so many match that the limit was reached, users are
-- read in the order of their ids, because enough of them will be found soon. The choice is made by a
-- count here and not by the planner, whose estimates for texts are far off.
-- $13 to $17 beginnings: number, e-mail and username, any name, first name, last name (NULL: none).
-- Asked as ranges, for under the fence an index is not asked by `like`; no text has a character
-- behind the last one of Unicode. In an index's order, so that none walks the table for the first ones.
with named as materialized (
    (
        select 1 as arm, u.id from users as u
        where
            u.directory_id = $1 and u.id > $2
            and u.number_key >= $13 and u.number_key < $13 || chr(1114111)
        order by u.number_key
        limit 5000
    )
    union all
    (
        select 2 as arm, u.id from users as u
        where
            u.directory_id = $1 and u.id > $2
            and u.email_key >= $14 and u.email_key < $14 || chr(1114111)
        order by u.email_key
        limit 5000
    )
    union all
    (
        select 3 as arm, u.id from users as u
        where
            u.directory_id = $1 and u.id > $2
            and u.username_key >= $14 and u.username_key < $14 || chr(1114111)
        order by u.username_key
        limit 5000
    )
    union all
    (
        select 4 as arm, u.id from users as u
        where
            u.directory_id = $1 and u.id > $2
            and u.first_name_lower <> ''
            and u.first_name_lower >= lower($15) and u.first_name_lower < lower($15) || chr(1114111)
        order by u.first_name_lower
        limit 5000
    )
    union all
    (
        select 5 as arm, u.id from users as u
        where
            u.directory_id = $1 and u.id > $2
            and u.last_name_lower <> ''
            and u.last_name_lower >= lower($15) and u.last_name_lower < lower($15) || chr(1114111)
        order by u.last_name_lower
        limit 5000
    )
    union all
    (
        select 6 as arm, u.id from users as u
        where
            u.directory_id = $1 and u.id > $2
            and u.name_lower <> ''
            and u.name_lower >= lower($15) and u.name_lower < lower($15) || chr(1114111)
        order by u.name_lower
        limit 5000
    )
    union all
    (
        select 7 as arm, u.id from users as u
        where u.directory_id = $1 and u.id > $2 and u.last_name_lower <> ''
            and u.last_name_lower >= lower($17)
            and u.last_name_lower < lower($17) || chr(1114111)
            and u.first_name_lower >= lower($16)
            and u.first_name_lower < lower($16) || chr(1114111)
        order by u.last_name_lower
        limit 5000
    )
),

many as materialized (
    select exists (
        select from named as n group by n.arm having count(*) >= 5000
    ) as so
),

page as (
    (
        select u.id
        from (select distinct id from named) as n
        join users as u on u.directory_id = $1 and u.id = n.id
        where
            not (select so from many)
            and ($4::uuid is null or u.created_import = $4 or exists (
                select from user_history as h
                where h.directory_id = $1 and h.import_id = $4 and h.user_id = u.id
            ))
            and {{users/conditions}}
        order by u.id
        limit $3
    )
    union
    (
        select u.id
        from users as u
        where
            (select so from many) and u.directory_id = $1 and u.id > $2
            and ($4::uuid is null or u.created_import = $4 or exists (
                select from user_history as h
                where h.directory_id = $1 and h.import_id = $4 and h.user_id = u.id
            ))
            and {{users/conditions}}
            and (
                (u.number_key >= $13 and u.number_key < $13 || chr(1114111))
                or (u.email_key >= $14 and u.email_key < $14 || chr(1114111))
                or (u.username_key >= $14 and u.username_key < $14 || chr(1114111))
                or (u.first_name_lower <> ''
                    and u.first_name_lower >= lower($15)
                    and u.first_name_lower < lower($15) || chr(1114111))
                or (u.last_name_lower <> ''
                    and u.last_name_lower >= lower($15)
                    and u.last_name_lower < lower($15) || chr(1114111))
                or (u.name_lower <> ''
                    and u.name_lower >= lower($15)
                    and u.name_lower < lower($15) || chr(1114111))
                or (u.last_name_lower <> ''
                    and u.last_name_lower >= lower($17)
                    and u.last_name_lower < lower($17) || chr(1114111)
                    and u.first_name_lower >= lower($16)
                    and u.first_name_lower < lower($16) || chr(1114111))
            )
        order by u.id
        limit $3
    )
    order by id
    limit $3
)

select *
from (
    select
        {{users/row}},
        {{users/bytes_before}} over (
            order by p.id rows between unbounded preceding and 1 preceding
        ) as bytes_before,
        row_number() over (order by p.id) as place
    from page as p
    {{users/named_row}}
) as f
where f.place <= 2 or f.bytes_before < 2097152
order by f.id
