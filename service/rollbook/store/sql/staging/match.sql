-- Which user each staged row is about, and what the row would do to it. Answers three arrays:
-- position, user (0: none), and a sum of bits:
--   1 something changes · 2 the role is locked and would change · 4 the same of the location
--   8 suspended · 16 suspended by a sync · 32 protected · 64 the e-mail changes
--   128 the role changes · 256 the location is locked · 512 a suspension by a sync ends
--   1024 the username changes · 2048 it gives a role of $5 · 4096 the user holds a role of $5
--   8192 the user is one of $6
--   16384 with those stored the user would have more than $7 attributes, and more than before
--   32768 the source is a new one of the user
-- $1 directory · $2 whether a username that is the e-mail follows it
-- $3 the role of a row that names none · $4 source of a full sync, else ''
-- $5 roles and $6 users that are guarded
-- $7 attributes that a user may have
-- For e-mail and username the text counts and not the key: two texts of one key may be two mailboxes.
-- LATERAL with OFFSET 0 keeps the look-up on the unique index whatever the statistics are; so does
-- the directory as a subquery: of one that they do not know yet, and is named, any index seems good.
select
    array_agg(m.pos), array_agg(m.id), array_agg(m.bits)
from (
    select
        s.pos,
        coalesce(u.id, 0) as id,
        case when n.role_id is distinct from u.role_id and n.role_id = any($5::bigint[])
            then 2048 else 0 end
        + case when u.id is null then 0 else
            case when
                n.username <> u.username
                or n.role_id <> u.role_id
                or n.location_id <> u.location_id
                or n.{column} <> u.{column} -- each plain field
                or (s.attributes is not null and n.attributes <> u.attributes)
                or n.reactivates
            then 1 else 0 end
            + case when u.role_locked and s.role_id <> u.role_id then 2 else 0 end
            + case when u.location_locked and s.location_id <> u.location_id then 4 else 0 end
            + case u.status when 'suspended' then 8 when 'suspended_by_sync' then 16 else 0 end
            + case when u.protected then 32 else 0 end
            + case when n.email <> u.email and {{staging/new_mailbox}} then 64 else 0 end
            + case when n.role_id <> u.role_id then 128 else 0 end
            + case when u.location_locked then 256 else 0 end
            + case when n.reactivates then 512 else 0 end
            + case
                when n.username = u.username then 0
                when n.follows and n.username = n.email and u.username = u.email
                    then case when {{staging/new_mailbox}} then 1024 else 0 end
                else 1024
            end
            + case when u.role_id = any($5::bigint[]) then 4096 else 0 end
            + case when u.id = any($6::bigint[]) then 8192 else 0 end
            + case when s.attributes is null then 0
                when (select count(*) from jsonb_object_keys(n.attributes))
                    > greatest($7, (select count(*) from jsonb_object_keys(u.attributes)))
                then 16384 else 0 end
            + case when n.joins then 32768 else 0 end
        end as bits
    from staged_{schema} as s
    left join lateral (
        select *
        from users
        where directory_id = (select $1::bigint) and number_key = s.number_key
        offset 0
    ) as u on true
    cross join lateral (
        {{staging/new_values}}
    ) as n
) as m
