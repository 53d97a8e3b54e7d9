-- Tokens by id: at most $3 of those after the id $2, of the principal $1 ('': anybody's), that open
-- none but the directories of the names $4 (NULL: any), or the one of the id $5 (NULL: all).
select
    t.id, t.principal, t.description, t.scopes,
    case when t.directory_ids is null then null else array(
        select d.name from directories as d where d.id = any(t.directory_ids) order by d.name
    ) end as directories,
    t.user_id, t.created_by, t.created_at, t.expires_at, t.revoked_at
from access_tokens as t
where
    t.id > $2
    and ($1 = '' or t.principal = $1)
    and ($4::text[] is null or t.directory_ids <@ array(
        select d.id from directories as d where d.name = any($4)
    ))
    and ($5::bigint is null or t.id = $5)
order by t.id
limit $3
