-- The notices of p, by id p.id, as they are listed.
select
    {{notifications/row}}
from page as p
cross join lateral (
    select *
    from notices
    where directory_id = (select $1::bigint) and id = p.id
    offset 0
) as n
{{notifications/row_user}}
