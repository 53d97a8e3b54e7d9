-- The notices $2 of directory $1 that are still failed, with what becomes of each: `resent`,
-- `too_soon`, `has_password`, `not_active` or `user_gone`. A mail that opens the account of a user who is
-- suspended would not be sent. An invitation, or login details, would let in nobody who
-- has a password of their own by now; a new generated one would even replace it. A mail is too soon if
-- one of its kind is pending for its user, was sent within 24 hours, or was sent again within 24 hours
-- and may have arrived, or if a later one of these notices is of its kind and user. Invitations and
-- login details are of one kind.
judged as materialized (
    select
        n.id, n.user_id, n.import_id, n.line, n.event, n.mail, n.lane, n.state, n.address,
        coalesce(n.happened_at, n.created_at) as happened_at,
        case
            when u.id is null then 'user_gone'
            when
                n.mail in ('invitation', 'login_details', 'reset') and u.status <> 'active'
                then 'not_active'
            when
                n.mail in ('invitation', 'login_details') and c.hash is not null
                and not c.must_change
                and not (
                    u.must_change_password and c.must_change_answered <> u.must_change_asked
                )
                then 'has_password'
            when n.mail <> 'none' and exists (
                select
                from notices as o
                where
                    o.directory_id = (select $1::bigint) and o.user_id = n.user_id
                    and (
                        o.mail = n.mail
                        or (
                            o.mail in ('invitation', 'login_details')
                            and n.mail in ('invitation', 'login_details')
                        )
                    )
                    and (
                        o.state = 'pending'
                        or (o.state = 'sent' and o.settled_at > now() - interval '24 hours')
                        or (
                            o.resends is not null and o.in_doubt
                            and o.created_at > now() - interval '24 hours'
                        )
                        or (o.id > n.id and o.id = any($2::bigint[]))
                    )
            ) then 'too_soon'
            else 'resent'
        end as verdict
    from unnest($2::bigint[]) as k (id)
    cross join lateral (
        select *
        from notices
        where
            directory_id = (select $1::bigint) and id = k.id
            and state in ('undeliverable', 'in_doubt', 'expired')
        offset 0
    ) as n
    left join lateral (
        select id, status, must_change_password, must_change_asked
        from users
        where directory_id = (select $1::bigint) and id = n.user_id
        offset 0
    ) as u on true
    left join lateral (
        select hash, must_change, must_change_answered
        from credentials
        where directory_id = (select $1::bigint) and user_id = n.user_id
        offset 0
    ) as c on true
)
