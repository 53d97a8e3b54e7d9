-- A notice is found by its key, which a delivery report has.

-- No release has had these tables, so that none has notices to keep waiting.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- migrate:up
set local lock_timeout = '5s';
create index notices_by_key on notices (directory_id, key);

-- migrate:down
set local lock_timeout = '5s';
drop index notices_by_key;
