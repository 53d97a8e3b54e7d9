-- Whether a full sync suspends the user u, unless the file names them: an active user of the source
-- $2, not protected, who holds no role of $3 and is none of $4.
u.source = $2 and u.status = 'active' and not u.protected
and not u.role_id = any($3::bigint[]) and not u.id = any($4::bigint[])
