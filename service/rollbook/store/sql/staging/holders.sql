-- Who holds the e-mail and the username that each staged row wants, and what the row's own user
-- holds now. Asked only where a batch was refused by a unique key, or may be. Answers arrays:
-- position, holder of the e-mail, holder of the username (0: none), own e-mail key, own username
-- key ('' for a new user), and whether the username would follow the e-mail.
-- $1 directory · $2 whether a username that is the e-mail follows it
-- $3 the role of a row that names none · $4 source of a full sync, else ''
select
    array_agg(s.pos),
    array_agg(coalesce(e.id, 0)),
    array_agg(coalesce(o.id, 0)),
    array_agg(coalesce(u.email_key, '')),
    array_agg(coalesce(u.username_key, '')),
    array_agg(n.follows)
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
{{staging/name_holders}}
