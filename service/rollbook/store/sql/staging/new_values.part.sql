-- The new values that a staged row gives its user: one column a field, as it is to be stored. They
-- are defined only here; `match`, `holders`, `changes`, `update` and `insert` all read it.
-- s the staged row · u its user as stored, all NULL for a new one · $2 whether a username that is
-- the e-mail follows it · $3 the role of a new user whose row names none · $4 the source whose full
-- sync the import is, '' for any other import
-- NULL in a staged column leaves the stored value as it is.
select
    f.follows,
    case
        when s.username is not null then s.username
        when u.id is null then s.username_fallback
        when f.follows then s.email
        else u.username
    end as username,
    case when u.id is null or s.username is not null or f.follows
        then s.username_key else u.username_key end as username_key,
    coalesce(s.email_key, u.email_key) as email_key,
    case when u.role_locked then u.role_id else coalesce(s.role_id, u.role_id, $3) end as role_id,
    case when u.location_locked then u.location_id
        else coalesce(s.location_id, u.location_id, 0) end as location_id,
    coalesce(s.{column}, u.{column}, {none}) as {column}, -- each plain field
    case when s.attributes is null then coalesce(u.attributes, '{}')
        else jsonb_strip_nulls(coalesce(u.attributes, '{}') || s.attributes) end as attributes,
    coalesce(u.status = 'suspended_by_sync' and $4 <> '', false) as reactivates,
    f.joins,
    case when f.joins then {{users/sources}} || $4 else u.sources end as sources
from (
    select
        coalesce(
            $2 and s.username is null and s.email is not null
            and (u.username_key = u.email_key or u.username = u.email), false
        ) as follows,
        coalesce($4 <> '' and u.id is not null and $4 <> all({{users/sources}}), false) as joins
) as f
