-- Keeps what the users of the staged rows at the positions $4 are before they change.
-- $1 directory · $2 import · $3 principal
insert into user_history (directory_id, user_id, version, import_id, principal, before)
select u.directory_id, u.id, u.version, $2, $3,
    to_jsonb(u) - '{directory_id,id,first_name_lower,last_name_lower,name_lower}'::text[]
from staged_0003 as s
cross join lateral (
    select *
    from users
    where directory_id = (select $1::bigint) and number_key = s.number_key
    offset 0
) as u
where s.pos = any($4::integer[])
