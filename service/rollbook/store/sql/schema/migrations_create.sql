-- dbmate's table of versions, so that either may run the files.
create table if not exists schema_migrations (version varchar(128) primary key)
