-- A user has a set of sources: the one whose import created them, and each whose last complete full
-- sync names them.

-- No release has had this table, and a column is dropped only where it is taken down.
-- squawk-ignore-file ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

-- NULL, as it is for nearly all, is the set of `source` alone, so that a first load writes nothing more.
-- `by hand` is no source: its set is empty.
alter table users add column sources text[];

-- Whom a sync had suspended its source had let go.
alter table users no force row level security;
update users set sources = '{}' where status = 'suspended_by_sync';
alter table users force row level security;

-- migrate:down
set local lock_timeout = '5s';
alter table users drop column sources;
