-- Makes a session, of which the hash alone is kept, for $8 hours, and never beyond the time $9 (NULL:
-- any). Answers when it ends.
insert into sessions (
    hash, token_hash, principal, directory_id, user_id, password_version, account_version, expires_at
)
values (
    $1, $2, $3, $4, $5, $6, $7,
    least(now() + make_interval(hours => $8::integer), $9::timestamptz)
)
returning expires_at
