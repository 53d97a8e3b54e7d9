-- Writes what happened to users of directory $1 by the import $2; NULL: by hand. The lines, users,
-- events, mails asked for and lanes are $3 to $7, arrays of one length.
insert into notices (directory_id, import_id, line, user_id, event, mail, lane)
select $1, $2, n.line, n.user_id, n.event, n.mail, n.lane
from unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::smallint[])
    as n (line, user_id, event, mail, lane)
