-- Some notices of the queue $1 are being tried; the next ones not before $2 seconds.
update notice_holds
set probe_at = now() + $2::double precision * interval '1 second'
where queue = $1
