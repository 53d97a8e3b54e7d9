-- What decides whether each of the users $2 of directory $1 is invited. `soon`: an invitation or login
-- details are pending, or were sent, or may have been, within 24 hours.
select
    u.id, u.status = 'active' as active, u.role_id, u.protected,
    coalesce(c.version, 0) as version,
    c.first_login_at is not null as signed_in,
    coalesce(o.soon, false) as soon
from unnest($2::bigint[]) as k (id)
{{credentials/of_user}}
left join lateral (
    select true as soon
    from notices as n
    where
        n.directory_id = (select $1::bigint) and n.user_id = k.id
        and n.mail in ('invitation', 'login_details')
        and (
            n.state = 'pending'
            or (
                n.settled_at > now() - interval '24 hours'
                and (
                    n.state in ('sent', 'in_doubt')
                    or (n.in_doubt and n.state <> 'undeliverable')
                )
            )
        )
    limit 1
) as o on true
