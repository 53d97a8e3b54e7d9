-- How many users of directory $1 hold the role of key $2, as far as 1,001 so that it is soon known, and
-- whether it is the default one; nothing where there is no such role.
select
    r.is_default,
    (
        select count(*)
        from (
            select
            from users as u
            where u.directory_id = $1 and u.role_id = r.id
            limit 1001
        ) as h
    ) as users
from roles as r
where r.directory_id = $1 and r.name_key = $2
