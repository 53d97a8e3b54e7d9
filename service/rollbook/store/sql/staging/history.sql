-- Keeps what the users of the staged rows that $4 updates are before they change.
-- $1 directory · $2 import · $3 principal · $4 what becomes of each position, a byte: 2 updated
insert into user_history (directory_id, user_id, version, import_id, principal, before)
select u.directory_id, u.id, u.version, $2, $3, {{users/before}}
from staged_{schema} as s
cross join lateral (
    select *
    from users
    where directory_id = (select $1::bigint) and number_key = s.number_key
    offset 0
) as u
where get_byte($4::bytea, s.pos) = 2
