-- Writes notices of the mail $3, in the lane $4, for the users $5 of directory $1 with the versions $6 of
-- their passwords, arrays of one length; of the import $2, NULL: of none.
insert into notices (directory_id, import_id, user_id, event, mail, lane, password_version)
select $1, $2, n.user_id, 'invited', $3, $4, n.version
from unnest($5::bigint[], $6::integer[]) as n (user_id, version)
