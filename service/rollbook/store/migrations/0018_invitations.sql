-- Invitations, login details, and the news that a password was changed.

-- No release has had these tables; and columns are dropped only where it is taken down.
-- squawk-ignore-file ban-drop-column, adding-not-nullable-field

-- migrate:up
set local lock_timeout = '5s';

-- Of a mail that opens the account, `password_version` is that of the password when it was asked for: a
-- later password makes it pointless. `opens_from` is when what it opens the account with begins to be
-- good: at the first attempt that may have gone out. NULL: nobody can have it yet.
-- `address`: where the mail goes, in the place of the user's own; '': it goes there.
alter table notices
add column password_version integer not null default 0,
add column opens_from timestamptz,
add column address text not null default '';

-- `email` is the user's when the password was set: who had the account then learns of the next change.
-- `first_login_at` is when the user first got in, or set a password; NULL: never.
alter table credentials
add column email text not null default '',
add column first_login_at timestamptz;

-- migrate:down
set local lock_timeout = '5s';
alter table credentials drop column email, drop column first_login_at;
alter table notices drop column password_version, drop column opens_from, drop column address;
