-- Whether anything was ever migrated here.
select to_regclass('schema_migrations') is not null
