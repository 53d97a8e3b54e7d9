-- Goes into the directory $1, a number as text, until the transaction ends: no other's rows are there.
select set_config('rollbook.directory_id', $1, true)
