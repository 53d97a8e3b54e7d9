-- The migrations that were applied, and their checksums; '' for those that dbmate has run.
select m.version, coalesce(to_jsonb(m) ->> 'checksum', '') as checksum
from schema_migrations as m
