-- The next batch of kept rows of the kind $3 after the number $4.
select number, packed
from import_rows
where directory_id = $1 and import_id = $2 and kind = $3 and number > $4
order by number
limit 1
