-- Tokens by id: at most $3 of those after the id $2, of the principal $1 ('': any), that open only
-- the directories of the names $4 (NULL: any) and the scopes $5, that are linked to the user $6 (0: to
-- any, or none), and that are of the principal $7, or of one that it made and that is none of $8
-- ($7 NULL: of any).
with recursive made (principal) as (
    select $7::text
    union
    select m.principal
    from made as a
    join principal_makers as m on m.maker = a.principal
)

select
    t.id, t.principal, t.description, t.scopes,
    case when t.directory_ids is null then null else array(
        select d.name from directories as d where d.id = any(t.directory_ids) order by d.name
    ) end as directories,
    t.user_id, t.created_by, t.created_at, t.expires_at, t.revoked_at, t.for_login
from access_tokens as t
where
    t.id > $2
    and ($1 = '' or t.principal = $1)
    and ($4::text[] is null or t.directory_ids <@ array(
        select d.id from directories as d where d.name = any($4)
    ))
    and t.scopes <@ $5::text[]
    and ($6::bigint = 0 or t.user_id = $6)
    and (
        $7::text is null
        or t.principal = $7
        or (t.principal in (select a.principal from made as a) and t.principal <> all($8::text[]))
    )
order by t.id
limit $3
