-- Writes a new notice for each of the failed notices $2 of directory $1 whose mail is not too soon and
-- whose user is there, and counts them all as notices_resend_count does.
with {{notifications/failed_judged}},

old as (
    update notices as n
    set state = 'resent'
    from judged as j
    where
        j.verdict = 'resent' and n.directory_id = $1 and n.id = j.id
        and n.state in ('undeliverable', 'in_doubt', 'expired')
    returning n.id
),

written as (
    insert into notices (
        directory_id, import_id, line, user_id, event, mail, lane, resends, address, password_version,
        happened_at
    )
    select
        $1, j.import_id, j.line, j.user_id, j.event, j.mail, j.lane, j.id, j.address,
        coalesce(c.version, 0), j.happened_at
    from judged as j
    inner join old as o on o.id = j.id
    left join lateral (
        select version
        from credentials
        where directory_id = (select $1::bigint) and user_id = j.user_id
        offset 0
    ) as c on true
    order by j.id
)

select j.state, j.verdict, count(*) as notices
from judged as j
left join old as o on o.id = j.id
where j.verdict <> 'resent' or o.id is not null
group by j.state, j.verdict
