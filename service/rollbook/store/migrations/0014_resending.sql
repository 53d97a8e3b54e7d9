-- Notices that are sent again: each is a new one, which names the one that it replaces.

-- No release has had these tables, so that none has notices to keep waiting; and columns are dropped
-- only where it is taken down.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- squawk-ignore-file ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

-- `resends`: the id of the notice that this one was written for; NULL: it was written for a change.
alter table notices add column resends bigint;

-- What can be sent again: few among many that were sent.
create index notices_failed on notices (directory_id, id)
where state in ('undeliverable', 'in_doubt', 'expired');

-- migrate:down
set local lock_timeout = '5s';
drop index notices_failed;
alter table notices drop column resends;
