-- The token of this hash: whose, what it opens, and whether it still does. A directory that is gone
-- opens nothing.
select
    t.principal, t.scopes,
    case when t.directory_ids is null then null else array(
        select d.name from directories as d where d.id = any(t.directory_ids)
    ) end as directories,
    t.user_id,
    t.revoked_at is not null as revoked,
    t.expires_at <= now() as expired,
    t.expires_at
from access_tokens as t
where t.hash = $1
