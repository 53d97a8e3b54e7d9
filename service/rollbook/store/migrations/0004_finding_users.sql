-- Finding users among a million. Each index costs an import's first load, about a microsecond a row
-- where keys grow with the identity and are appended, more where they are scattered, as names are:
-- so only of rows that have a value. The last column is the identity, the order of every page. A
-- BRIN index of the times would be cheaper, and the planner walks the whole directory in its place.
-- Not concurrently: no release has had these tables, so none has users to keep waiting.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- migrate:up
set local lock_timeout = '5s';

create index users_by_import on users (directory_id, created_import, id);
create index users_by_creation on users (directory_id, created_at, id);
create index users_by_change on users (directory_id, updated_at, id);
create index users_by_role on users (directory_id, role_id, id);
create index users_by_location on users (directory_id, location_id, id) where location_id <> 0;
create index users_by_unit on users (directory_id, unit_id, id) where unit_id <> 0;
create index users_by_status on users (directory_id, status, id) where status <> 'active';
create index users_by_first_name
on users (directory_id, lower(first_name) text_pattern_ops) where first_name <> '';
create index users_by_last_name
on users (directory_id, lower(last_name) text_pattern_ops) where last_name <> '';
create index users_by_name on users (directory_id, lower(name) text_pattern_ops) where name <> '';
create index user_history_by_import on user_history (directory_id, import_id, user_id);

-- migrate:down
set local lock_timeout = '5s';
drop index
    users_by_import, users_by_creation, users_by_change, users_by_role, users_by_location,
    users_by_unit, users_by_status, users_by_first_name, users_by_last_name, users_by_name,
    user_history_by_import;
