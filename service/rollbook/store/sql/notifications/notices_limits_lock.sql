-- Lets one courier after the other count what was told within a minute, where any directory has a
-- limit; where none has, nobody waits.
select pg_advisory_xact_lock(hashtextextended('rollbook notices', 0))
from directories as d
where d.notices_per_minute is not null
limit 1
