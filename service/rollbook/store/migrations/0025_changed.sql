-- Updates of users that write no index (HOT ones): no index holds the time of the last change any more,
-- which every change sets, and pages keep room for a new version beside the old one. Who changed since
-- a time is found by the history, to which each change adds a row in any case, at the end of its index.

-- Plainly, in one step: no release has had these tables, so that none has users to keep waiting. Where
-- there are millions, building the index keeps changes of users waiting for some seconds; nothing is
-- rewritten, for room is kept in pages that are filled from now on.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- migrate:up
set local lock_timeout = '5s';

create index user_history_by_change on user_history (directory_id, changed_at, user_id);
drop index users_by_change;
-- A twentieth of millions is much, a fifth would be left for weeks: dead versions, statistics, and
-- which pages an index-only scan need not look at.
alter table users set (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05
);

-- migrate:down
set local lock_timeout = '5s';
alter table users reset (
    fillfactor,
    autovacuum_vacuum_scale_factor,
    autovacuum_vacuum_insert_scale_factor,
    autovacuum_analyze_scale_factor
);
create index users_by_change on users (directory_id, updated_at, id);
drop index user_history_by_change;
