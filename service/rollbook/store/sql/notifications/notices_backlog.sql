-- How many notices are pending, counted up to $1, the age of the oldest of them in seconds, and which
-- queues are on hold.
select
    count(*) as pending,
    coalesce(extract(epoch from now() - min(n.created_at)), 0)::double precision as oldest_s,
    array(select h.queue from notice_holds as h) as held
from (select p.created_at from notices as p where p.state = 'pending' limit $1) as n
