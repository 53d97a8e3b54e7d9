-- What would become of the failed notices $2 of directory $1 if they were sent again, counted.
with {{notifications/failed_judged}}

select j.state, j.verdict, count(*) as notices
from judged as j
group by j.state, j.verdict
