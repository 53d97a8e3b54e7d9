-- dbmate's table of versions, with a checksum beside it, so that either may run the files.
create table if not exists schema_migrations (version varchar(128) primary key);
alter table schema_migrations add column if not exists checksum text not null default ''
