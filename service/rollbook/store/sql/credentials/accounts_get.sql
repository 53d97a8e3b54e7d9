-- The accounts of the users $2 of directory $1. No row of a user who is not there.
select
    {{credentials/account}}
from unnest($2::bigint[]) as k (id)
inner join directories as d on d.id = $1
{{credentials/of_user}}
