-- The ids of users of directory $1 by ids $2, numbers' keys $3, e-mails' keys $4 and usernames' keys $5,
-- arrays of one length with one value in each place; in that order, NULL for who is not there.
select f.id
from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) with ordinality
    as k (id, number_key, email_key, username_key, place)
left join lateral (
    select id
    from users
    where directory_id = (select $1::bigint) and id = k.id
    union all
    select id
    from users
    where directory_id = (select $1::bigint) and number_key = k.number_key
    union all
    select id
    from users
    where directory_id = (select $1::bigint) and email_key = k.email_key
    union all
    select id
    from users
    where directory_id = (select $1::bigint) and username_key = k.username_key
) as f on true
order by k.place
