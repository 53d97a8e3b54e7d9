-- The session of this hash: whose rights it has, who signed in, and whether it still stands.
select
    s.token_hash, s.directory_id, s.user_id, s.password_version, s.account_version,
    s.ended_at is not null as ended,
    s.expires_at <= now() as expired,
    s.expires_at
from sessions as s
where s.hash = $1
