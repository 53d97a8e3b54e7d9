-- Of the users of `scanned` (id, at, kind, fits), in its order, which a scan of it keeps: the first
-- $3 that fit; and if there are fewer, though 2,000 were looked at, the last one looked at, for the
-- list goes on behind it. `scanned` is read only as far as it is needed.
page as materialized (
    select w.id, w.at, w.kind, w.fits
    from scanned as w
    where w.fits
    limit $3
)

select p.id, p.at, p.kind, p.fits
from page as p
union all
(
    select w.id, w.at, w.kind, false
    from scanned as w
    where (select count(*) from page) < $3
    offset 1999
    limit 1
)
