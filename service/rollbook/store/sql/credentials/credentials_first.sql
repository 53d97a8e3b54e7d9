-- Writes the hashes $3 of the first passwords of the new users $2 of directory $1, arrays of one length.
insert into credentials (directory_id, user_id, hash, email)
select $1, n.user_id, n.hash, u.email
from unnest($2::bigint[], $3::text[]) as n (user_id, hash)
cross join lateral (
    select email
    from users
    where directory_id = (select $1::bigint) and id = n.user_id
    offset 0
) as u
