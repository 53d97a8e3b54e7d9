-- How many users of directory $1 work at the location of key $2, as far as 1,001 so that it is soon
-- known. No location is a default one.
select
    false as is_default,
    (
        select count(*)
        from (
            select
            from users as u
            where u.directory_id = $1 and u.location_id = l.id and u.location_id <> 0
            limit 1001
        ) as h
    ) as users
from locations as l
where l.directory_id = $1 and l.name_key = $2
