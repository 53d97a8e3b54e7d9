-- The temporary table of all users that a file names, a row a line of the file: the keys of number,
-- e-mail and username, whether the row gives a username, and whether it might follow the e-mail.
-- Line 0: the row was answered before.
create temporary table if not exists named_{schema} (
    line bigint not null,
    number_key text collate "C" not null,
    email_key text collate "C",
    username_key text collate "C",
    gives_username boolean not null,
    may_follow boolean not null
) on commit delete rows
