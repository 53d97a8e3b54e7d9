-- When that happened which a notice tells, where it is sent again later.

-- Columns are dropped only where it is taken down.
-- squawk-ignore-file ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

-- NULL: when the notice was written, as with all that are not sent again.
alter table notices add column happened_at timestamptz;

-- migrate:down
set local lock_timeout = '5s';
alter table notices drop column happened_at;
