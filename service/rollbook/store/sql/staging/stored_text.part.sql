-- The user u as one text, to be compared with a row of a file: the number's key, then each field of
-- $2, with the character 31 between them, a boolean as t or f. No such field is NULL. NULL for a user
-- of whom more is to be said than whether the fields are the same: who is suspended or protected,
-- holds a privileged role, is one of $3, or has a username that would follow the e-mail, which it is
-- not ($4: usernames follow it). A lock is silent where nothing changes.
-- $1 directory
-- Each question about $2 is asked once, as a subquery, and not for each user.
case
    when u.status <> 'active' or u.protected or u.id = any($3::bigint[])
        or u.role_id = any(array(
            select id from roles where directory_id = (select $1::bigint) and privileged
        ))
        or ($4 and u.username_key = u.email_key and u.username <> u.email)
    then null
    else concat_ws(
        chr(31), u.number_key
        , case when (select '{column}' = any($2::text[])) then u.{column} end -- each changing field
    )
end
