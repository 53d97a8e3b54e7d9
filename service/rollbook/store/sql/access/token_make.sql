-- Makes a token, of which the hash alone is kept; the directories are given by their names. $8 NULL:
-- it ends after $9 days.
insert into access_tokens (
    hash, principal, description, scopes, directory_ids, user_id, created_by, expires_at, for_login
)
select
    $1, $2, $3, $4,
    case when $5::text[] is null then null else array(
        select d.id from directories as d where d.name = any($5)
    ) end,
    $6, $7, coalesce($8::timestamptz, now() + make_interval(days => $9::integer)), $10
returning id
