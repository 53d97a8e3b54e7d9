-- The newest grant in force that the user $1 signs in by: the hash of its token, its principal and when
-- it ends. Of the directory $2 or of all.
select t.hash, t.principal, t.expires_at
from access_tokens as t
where
    t.user_id = $1
    and t.for_login
    and t.revoked_at is null
    and t.expires_at > now()
    and (t.directory_ids is null or $2::bigint = any(t.directory_ids))
order by t.id desc
limit 1
