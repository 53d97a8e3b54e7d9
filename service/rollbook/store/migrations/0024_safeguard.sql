-- What a safeguard saw of an import that it stopped.

-- Columns are dropped only where it is taken down.
-- squawk-ignore-file ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

-- {what, count, limit}; NULL: no safeguard stopped it.
alter table imports add column safeguard jsonb;

-- migrate:down
set local lock_timeout = '5s';
alter table imports drop column safeguard;
