-- Lanes of notices: what somebody waits for overtakes the others.

-- No release has had these tables, so that none has notices to keep waiting; and columns are dropped
-- only where it is taken down.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- squawk-ignore-file ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

-- 0: urgent mails, 1: other mails, 2: events without a mail.
alter table notices add column lane smallint not null default 1;

-- What is to be sent, oldest first: of each directory, so that one with a limit holds up no other, and
-- of each lane.
drop index notices_due;
create index notices_due on notices (directory_id, lane, due_at, id) where state = 'pending';

-- migrate:down
set local lock_timeout = '5s';
drop index notices_due;
create index notices_due on notices (directory_id, due_at, id) where state = 'pending';
alter table notices drop column lane;
