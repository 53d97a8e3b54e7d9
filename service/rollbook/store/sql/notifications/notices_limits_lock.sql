-- Makes workers count the notices of the last minute one after the other, if any directory has a
-- limit; if none has, no worker waits.
select pg_advisory_xact_lock(hashtextextended('rollbook notices', 0))
from directories as d
where d.notices_per_minute is not null
limit 1
