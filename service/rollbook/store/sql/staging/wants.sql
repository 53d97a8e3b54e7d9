-- Notes what each staged row wants, and who holds it; see `wants_create`. Rows that write nothing
-- want nothing.
-- $1 directory · $2 whether a username that is the e-mail follows it
-- $3 the role of a row that names none · $4 source of a full sync, else ''
-- $5 the position of the first row · from there on: $6 lines · $7 a byte, 1 or 2 where a row writes
-- OFFSET 0 makes a wanted key a plain value: under row-level security no index is asked for what a
-- `case` answers.
insert into wants_{schema}
select
    s.pos, ($6::bigint[])[s.pos - $5 + 1], coalesce(u.id, 0),
    w.email_key, w.username_key,
    coalesce(u.email_key <> '' and u.email_key <> w.email_key, false),
    coalesce(u.username_key <> '' and u.username_key <> w.username_key, false),
    coalesce(e.id, 0), e.employee_number, e.status,
    coalesce(o.id, 0), o.employee_number, o.status
from staged_{schema} as s
left join lateral (
    select *
    from users
    where directory_id = (select $1::bigint) and number_key = s.number_key
    offset 0
) as u on true
cross join lateral (
    {{staging/new_values}}
) as n
cross join lateral (
    select
        case when m.writes then s.email_key end as email_key,
        case when m.writes and (u.id is null or s.username is not null or n.follows)
            then s.username_key end as username_key
    from (select get_byte($7::bytea, s.pos - $5) in (1, 2) as writes) as m
    offset 0
) as w
left join lateral (
    select id, employee_number, status
    from users
    where directory_id = (select $1::bigint) and email_key = w.email_key
    offset 0
) as e on e.id is distinct from u.id
left join lateral (
    select id, employee_number, status
    from users
    where directory_id = (select $1::bigint) and username_key = w.username_key
    offset 0
) as o on o.id is distinct from u.id
