-- A checksum beside dbmate's versions, which shows a file that was changed after it had been applied.
alter table schema_migrations add column if not exists checksum text not null default ''
