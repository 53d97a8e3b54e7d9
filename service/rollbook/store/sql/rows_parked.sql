-- The rows that wait for the end of their file, in its order.
select packed
from import_rows
where directory_id = $1 and import_id = $2 and kind = 'parked'
order by number
