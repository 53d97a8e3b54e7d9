-- A narrower index of first names: without users whose e-mail begins with theirs, as in most companies
-- all do. Whoever looks for such a name by its beginning finds them by the e-mail, which a list has
-- first; so the first name would never be what they are listed by.

-- In one step: no release has had this table, so that none has users to keep waiting. Where there are
-- millions, building the index keeps changes of users waiting for some seconds.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- migrate:up
set local lock_timeout = '5s';
drop index users_by_first_name;
-- Nothing begins with more than it is, and everything with nothing: users without a first name are left
-- out as well.
create index users_by_first_name on users (directory_id, first_name_lower, id)
where not starts_with(email_key, first_name_lower);

-- migrate:down
set local lock_timeout = '5s';
drop index users_by_first_name;
create index users_by_first_name on users (directory_id, first_name_lower, id)
where first_name_lower <> '';
