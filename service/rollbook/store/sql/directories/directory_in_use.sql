-- Why directory $1 cannot be removed: how many users it has, as far as 1,001 so that it is soon known,
-- and how many imports run in it or are a server's.
select
    (
        select count(*)
        from (select from users as u where u.directory_id = $1 limit 1001) as h
    ) as users,
    (
        select count(*)
        from imports as i
        where
            i.directory_id = $1
            and (
                i.state = 'RUNNING'
                or exists (
                    select from import_leases as l where l.directory_id = $1 and l.import_id = i.id
                )
            )
    ) as imports
