-- Which batches of staged rows may have the lines $3: a line and a number. The rows of each batch that
-- the file was cut into are in two of them at most, as those that had waited for their plugin are
-- apart; both end before any of a later batch does.
select k.line, r.number
from unnest($3::bigint[]) as k (line)
cross join lateral (
    select number, first_line
    from import_rows
    where directory_id = $1 and import_id = $2 and kind = 'staged' and last_line >= k.line
    order by last_line
    limit 2
) as r
where r.first_line <= k.line
order by k.line, r.number
