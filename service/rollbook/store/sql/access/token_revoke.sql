-- Revokes a token; one that was revoked keeps its time.
update access_tokens set revoked_at = coalesce(revoked_at, now()) where id = $1
