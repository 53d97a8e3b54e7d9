-- The encoding in which a file was read.

-- Columns are dropped only where it is taken down.
-- squawk-ignore-file ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

alter table imports add column encoding text not null default '';

-- migrate:down
set local lock_timeout = '5s';
alter table imports drop column encoding;
