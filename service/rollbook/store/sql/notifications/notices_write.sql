-- Writes what happened to users of directory $1 by the import $2; NULL: by hand. The lines, users,
-- events and mails asked for are $3 to $6, arrays of one length.
insert into notices (directory_id, import_id, line, user_id, event, mail)
select $1, $2, n.line, n.user_id, n.event, n.mail
from unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[]) as n (line, user_id, event, mail)
