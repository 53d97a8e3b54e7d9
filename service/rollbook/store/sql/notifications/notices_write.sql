-- Writes what happened to users of directory $1 by the import $2; NULL: by hand. The lines, users,
-- events, mails asked for, versions of the password, addresses ('': the user's own) and lanes are $3 to
-- $9, arrays of one length.
insert into notices (
    directory_id, import_id, line, user_id, event, mail, password_version, address, lane
)
select $1, $2, n.line, n.user_id, n.event, n.mail, n.password_version, n.address, n.lane
from unnest(
    $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::integer[], $8::text[], $9::smallint[]
) as n (line, user_id, event, mail, password_version, address, lane)
