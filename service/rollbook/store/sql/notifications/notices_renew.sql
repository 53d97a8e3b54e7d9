-- Extends the claim $1 on notices by $2 seconds.
update notices as n
set claimed_until = now() + $2::double precision * interval '1 second'
from unnest($3::bigint[], $4::bigint[]) as c (directory_id, id)
where
    n.directory_id = c.directory_id and n.id = c.id and n.claimed_by = $1 and n.state = 'pending'
