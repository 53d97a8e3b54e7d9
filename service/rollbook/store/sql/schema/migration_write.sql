-- Remembers a migration, in its own transaction.
insert into schema_migrations (version, checksum) values ($1, $2)
