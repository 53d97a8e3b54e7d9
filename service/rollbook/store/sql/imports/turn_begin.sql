-- What a batch looks at first in its turn: whether the fence of the import $2 is still $3, so that what
-- follows is ours; where the import stands; and what directory $1 has room for.
select
    exists(
        select from import_leases where directory_id = $1 and import_id = $2 and fence = $3
    ) as held,
    (select state from imports where directory_id = $1 and id = $2) as state,
    r.*
from (
    {{directories/room}}
) as r
