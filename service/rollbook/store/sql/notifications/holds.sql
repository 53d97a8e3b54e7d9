-- The queues of notices that are on hold, with whether some notices are to be tried now.
select
    h.queue, h.plugin, h.reason, h.refused, h.since, h.probe_at, h.probe_at <= now() as probe_due
from notice_holds as h
order by h.queue
