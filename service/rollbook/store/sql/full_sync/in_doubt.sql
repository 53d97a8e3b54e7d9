-- Whom failed rows mean beside the user of their number, among those whom a full sync of the source
-- $2 may suspend: position, field, number. A row is a place in the arrays: keys of the number $5, the
-- e-mail $6 and the username $7, whether it gives a username $8, and whether that might follow $9.
-- $1 directory · $3 roles and $4 users that are guarded
select n.pos, d.field, d.employee_number
from (
    select
        r.number_key, r.email_key, r.username_key, r.gives_username, r.may_follow,
        (r.place - 1)::integer as pos
    from unnest($5::text[], $6::text[], $7::text[], $8::boolean[], $9::boolean[])
        with ordinality as r (number_key, email_key, username_key, gives_username, may_follow, place)
) as n
cross join lateral (
    select 'email' as field, u.employee_number, u.number_key
    from (
        select *
        from users
        where directory_id = (select $1::bigint) and email_key = n.email_key
        offset 0
    ) as u
    where {{full_sync/names_source}} and {{full_sync/is_last_source}}
    union all
    select 'username' as field, h.employee_number, h.number_key
    from (
        select u.*
        from (
            select *
            from users
            where directory_id = (select $1::bigint) and username_key = n.username_key
            offset 0
        ) as u
        where {{full_sync/names_source}} and {{full_sync/is_last_source}}
    ) as h
    left join lateral (
        select *
        from users
        where directory_id = (select $1::bigint) and number_key = n.number_key
        offset 0
    ) as u on true
    where h.email_key is distinct from n.email_key and {{full_sync/names_username}}
) as d
where d.number_key <> n.number_key
order by n.pos, d.field
