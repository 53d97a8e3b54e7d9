-- The name of the file that an import was given.

-- Columns are dropped only where it is taken down.
-- squawk-ignore-file ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

-- '': it had none, such as typed rows.
alter table imports add column file_name text not null default '';

-- migrate:down
set local lock_timeout = '5s';
alter table imports drop column file_name;
