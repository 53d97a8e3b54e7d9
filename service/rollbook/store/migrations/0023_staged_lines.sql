-- Staged rows are found by line along an index that no look-up by number takes for its own.

-- No release has had these tables, so that none has imports to keep waiting.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- migrate:up
set local lock_timeout = '5s';

-- By the lines alone, and not by the kind: without statistics, an index of one kind seemed as good as
-- the key to a statement that names kind and number, and was read from its start.
drop index import_rows_by_line;
create index import_rows_by_line on import_rows (directory_id, import_id, last_line)
where last_line > 0;

-- migrate:down
set local lock_timeout = '5s';
drop index import_rows_by_line;
create index import_rows_by_line on import_rows (directory_id, import_id, last_line)
where kind = 'staged';
