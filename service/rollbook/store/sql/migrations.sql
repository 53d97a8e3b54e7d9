-- The migrations that were applied; those by dbmate have no checksum.
select version, checksum from schema_migrations
