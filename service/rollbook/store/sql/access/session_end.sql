-- Ends a session; one that has ended keeps its time.
update sessions set ended_at = coalesce(ended_at, now()) where hash = $1
