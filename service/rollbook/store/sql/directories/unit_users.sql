-- How many users of directory $1 are in the organizational unit of key $2, as far as 1,001 so that it
-- is soon known. None is a default one.
select
    false as is_default,
    (
        select count(*)
        from (
            select
            from users as u
            where u.directory_id = $1 and u.unit_id = o.id and u.unit_id <> 0
            limit 1001
        ) as h
    ) as users
from organizational_units as o
where o.directory_id = $1 and o.name_key = $2
