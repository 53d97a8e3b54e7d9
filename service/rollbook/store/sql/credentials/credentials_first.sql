-- Writes the hashes $3 of the first passwords of the new users $2 of directory $1, arrays of one length.
insert into credentials (directory_id, user_id, hash)
select $1, n.user_id, n.hash
from unnest($2::bigint[], $3::text[]) as n (user_id, hash)
