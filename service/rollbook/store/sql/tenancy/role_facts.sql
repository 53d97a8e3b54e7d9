-- Facts about the application's role that may make it unfit; no row if there is no such role. `lacks`
-- are our tables that it may not even read, except schema_migrations: there should be none.
select
    r.rolsuper as superuser,
    r.rolbypassrls as sees_through,
    has_database_privilege(r.oid, current_database(), 'temporary') as temporary,
    exists (
        select from pg_shdepend as d
        join pg_database as b on b.oid = d.dbid and b.datname = current_database()
        where
            d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.deptype = 'o'
            and not exists (
                select from pg_class as t
                where d.classid = 'pg_class'::regclass and t.oid = d.objid and t.relpersistence = 't'
            )
    ) as owns,
    array(
        select c.relname
        from pg_class as c
        where
            c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
            and (
                c.relname = 'directories'
                or exists (
                    select from pg_attribute as a
                    where a.attrelid = c.oid and a.attname = 'directory_id' and not a.attisdropped
                )
            )
            and not has_table_privilege(r.oid, c.oid, 'select')
        order by c.relname
    ) as lacks
from pg_roles as r
where r.rolname = 'rollbook_app'
