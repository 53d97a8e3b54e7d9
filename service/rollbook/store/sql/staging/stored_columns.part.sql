-- Some users u, column by column, to be compared with the rows of a file: arrays of ids and attributes
-- (NULL unless $5); `special`, a 1 for each user of whom more has to be known than whether the fields
-- are the same, and a 0 for all others; the number keys, and each field of $2, as one text in UTF-8
-- with line feeds between the users. No such field is NULL, nor has a line feed in it; one that is
-- not asked for is NULL for all.
-- Special is who is suspended or protected, holds a privileged role, is one of $3, or has a username
-- that would follow the e-mail, which it is not ($4: usernames follow it). A lock is silent where
-- nothing changes.
-- $1 directory
-- Each question about $2 is asked once, as a subquery, and not for each user.
array_agg(u.id) as ids,
array_agg(u.attributes::text) filter (where $5) as attributes,
string_agg(
    case
        when u.status <> 'active' or u.protected or u.id = any($3::bigint[])
            or u.role_id = any(array(
                select id from roles where directory_id = (select $1::bigint) and privileged
            ))
            or ($4 and u.username_key = u.email_key and u.username <> u.email)
        then '1' else '0'
    end, ''
) as special,
convert_to(string_agg(u.number_key, chr(10)), 'UTF8') as number_key
, convert_to(string_agg(u.{column}::text, chr(10)) filter (where (select '{column}' = any($2::text[]))), 'UTF8') as {column} -- each changing field
