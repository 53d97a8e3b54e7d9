-- Passwords that were generated for a mail, which end with the mailbox that they were mailed to.

-- Columns are dropped only where it is taken down.
-- squawk-ignore-file ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

-- `generated_by`: the id of the notice whose mail has the password; NULL: somebody chose it.
-- `generated_for`: `account_version` as it was then. After a change of mailbox or status the password is
-- none, as a link would be: it may have gone to somebody else.
alter table credentials
add column generated_by bigint,
add column generated_for integer;

-- migrate:down
set local lock_timeout = '5s';
alter table credentials drop column generated_by, drop column generated_for;
