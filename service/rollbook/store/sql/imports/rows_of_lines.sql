-- Which batches of staged rows may have the lines $3: a line, a number, and the bytes of the batch.
-- The rows of each batch that the file was cut into are in two of them at most, as those that had
-- waited for their plugin are apart; both end before any of a later batch does.
select k.line, r.number, r.size
from unnest($3::bigint[]) as k (line)
cross join lateral (
    select number, first_line, octet_length(packed) as size
    from import_rows
    where
        directory_id = $1 and import_id = $2 and last_line > 0 and last_line >= k.line
        and kind = 'staged'
    order by last_line
    limit 2
) as r
where r.first_line <= k.line
order by k.line, r.number
