-- Puts the queue $1 on hold, because $4 notices in a row were refused through the plugin $2, the last
-- with the reason $3; some are tried in $5 seconds. Answers true if it was not on hold.
insert into notice_holds (queue, plugin, reason, refused, probe_at)
values ($1, $2, $3, $4, now() + $5::double precision * interval '1 second')
on conflict (queue) do nothing
returning true
