-- The temporary table of what each parked row wants: its line and its user (0: a new one), the keys
-- of the names that it takes (NULL: it takes none), whether its user leaves those it has, and who
-- else holds the ones it takes (0: nobody), with number and status. A user has one row in a file.
create temporary table if not exists wants_{schema} (
    pos integer primary key,
    line bigint not null,
    user_id bigint not null,
    email_key text collate "C",
    username_key text collate "C",
    leaves_email boolean not null,
    leaves_username boolean not null,
    email_holder bigint not null,
    email_number text,
    email_status text,
    username_holder bigint not null,
    username_number text,
    username_status text
) on commit delete rows
