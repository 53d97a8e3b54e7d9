-- Pages by the key that is searched. The names end in the id, so that a page may begin among users of
-- one name. Not concurrently: no release has had these tables.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- migrate:up
set local lock_timeout = '5s';
drop index users_by_first_name, users_by_last_name, users_by_name;
create index users_by_first_name on users (directory_id, first_name_lower, id)
where first_name_lower <> '';
create index users_by_last_name on users (directory_id, last_name_lower, id)
where last_name_lower <> '';
create index users_by_name on users (directory_id, name_lower, id) where name_lower <> '';
create index role_names_by_role on role_names (directory_id, role_id);
-- Rare states are found among many others. A change of state moves a notice from one index to another
-- in any case, and an import changes its state a few times.
drop index notices_by_import;
create index notices_by_import on notices (directory_id, import_id, state, line, id)
where import_id is not null;
create index imports_by_state on imports (directory_id, state, created_at, id);

-- migrate:down
set local lock_timeout = '5s';
drop index users_by_first_name, users_by_last_name, users_by_name, role_names_by_role, notices_by_import,
imports_by_state;
create index notices_by_import on notices (directory_id, import_id, line, id)
where import_id is not null;
create index users_by_first_name on users (directory_id, first_name_lower)
where first_name_lower <> '';
create index users_by_last_name on users (directory_id, last_name_lower)
where last_name_lower <> '';
create index users_by_name on users (directory_id, name_lower) where name_lower <> '';
