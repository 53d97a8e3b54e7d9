-- Deletes tokens that expired or were revoked over $1 days ago, at most $2. Answers how many. Who made
-- tokens of another name is remembered since they were made; here, that a name is not free again.
with ended as (
    select t.id, t.principal, t.created_by
    from access_tokens as t
    where least(t.expires_at, t.revoked_at) < now() - make_interval(days => $1)
    order by least(t.expires_at, t.revoked_at)
    limit $2
),

remembered as (
    insert into principal_makers (principal, maker, by_operator)
    select distinct e.principal, e.principal, false
    from ended as e
    where e.principal = e.created_by
    on conflict do nothing
),

gone as (
    delete from access_tokens as t
    using ended as e
    where t.id = e.id
    returning 1
)

select count(*) from gone
