-- Whether the full sync of the source $2 is about the user u: the source is one of theirs, they are not
-- protected, hold no role of $3 and are none of $4.
$2 = any({{users/sources}}) and not u.protected
and not u.role_id = any($3::bigint[]) and not u.id = any($4::bigint[])
