-- How far an import was read: the next batch's number, where in the content the last one ended,
-- its counts, and whether rows are parked, or wait for a plugin.
select
    coalesce(max(b.number) + 1, 0) as number,
    coalesce((array_agg(b.counts order by b.number desc))[1], '{}') as counts,
    coalesce(max(b.content_offset), 0) as content_offset,
    coalesce((array_agg(b.content_digest order by b.content_offset desc))[1], '') as content_digest,
    exists(
        select
        from import_rows as r
        where r.directory_id = $1 and r.import_id = $2 and r.kind = 'parked'
    ) as parked,
    exists(
        select
        from import_rows as r
        where r.directory_id = $1 and r.import_id = $2 and r.kind = 'waiting'
    ) as waiting
from import_batches as b
where b.directory_id = $1 and b.import_id = $2 and b.plan = 0
