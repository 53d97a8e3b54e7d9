-- How many notices are pending, counted up to $1, and the age of the oldest of them in seconds.
select
    count(*) as pending,
    coalesce(extract(epoch from now() - min(n.created_at)), 0)::double precision as oldest_s
from (select p.created_at from notices as p where p.state = 'pending' limit $1) as n
