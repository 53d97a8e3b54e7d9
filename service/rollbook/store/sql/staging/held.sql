-- Which of some staged rows, each of a new user, want an e-mail or username that a user holds: an
-- array of their positions. Not those whose user is there by now.
-- $1 directory · $2 the positions
select array_agg(h.pos)
from (
    select s.pos, s.number_key
    from staged_{schema} as s
    {{staging/name_holders}}
    where s.pos = any ($2::int[]) and (e.id is not null or o.id is not null)
    offset 0
) as h
left join lateral (
    select id
    from users
    where directory_id = (select $1::bigint) and number_key = h.number_key
    offset 0
) as u on true
where u.id is null
