-- Imports of a directory by who began them, and by their profile.

-- Not concurrently: there is one import for each file that was sent, and not one for each row.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- migrate:up
set local lock_timeout = '5s';
create index imports_of_principal on imports (directory_id, principal, created_at, id);
create index imports_by_profile on imports (directory_id, profile, created_at, id);

-- migrate:down
set local lock_timeout = '5s';
drop index imports_of_principal, imports_by_profile;
