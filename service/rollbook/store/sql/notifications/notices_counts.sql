-- How many notices of the import $2 of directory $1 are in each state.
select n.state, count(*) as notices
from notices as n
where n.directory_id = $1 and n.import_id = $2
group by n.state
