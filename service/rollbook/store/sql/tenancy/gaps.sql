-- The tables with a directory_id, except those of the names $1, that lack row-level security: enabled
-- and forced, with one policy by directory, for every statement and role. Notices have one more, by
-- which a worker claims them, and imports, by which those left behind are found.
select c.relname as name
from pg_class as c
join pg_attribute as a on a.attrelid = c.oid and a.attname = 'directory_id' and not a.attisdropped
where
    c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
    and not c.relname = any($1::text[])
    and (
        not c.relrowsecurity or not c.relforcerowsecurity
        or (
            select count(*)
            from pg_policy as p
            where
                p.polrelid = c.oid
                and (c.relname, p.polname) not in (
                    ('notices', 'notification_worker'), ('imports', 'left_behind')
                )
        ) <> 1
        or not exists (
            select from pg_policy as p
            where
                p.polrelid = c.oid and p.polcmd = '*' and p.polroles = '{0}'
                and pg_get_expr(p.polqual, c.oid) like '(directory_id = ( SELECT %rollbook.directory_id%'
                and p.polwithcheck is null
        )
    )
order by c.relname
