-- Stores the outcome of notices of directory $1 that the claim $2 still holds: their ids $3, states $4,
-- reasons $5, whether in doubt $6, in how many seconds they are due again $7, where pending, and whether
-- they were surely not sent $8. Then what opens the account is good from the next attempt on, unless an
-- attempt before this one may have gone out: a repeat is the same. Returns how many it still held.
with settled as (
    update notices as n
    set
        state = s.state,
        reason = s.reason,
        in_doubt = s.in_doubt,
        opens_from = case when s.state = 'pending' and s.unsent and n.opens_from = n.claimed_at
            then null else n.opens_from end,
        due_at = case when s.state = 'pending'
            then now() + s.after * interval '1 second' else n.due_at end,
        settled_at = case when s.state <> 'pending' then now() end,
        claimed_until = null,
        claimed_by = ''
    from unnest(
        $3::bigint[], $4::text[], $5::text[], $6::boolean[], $7::double precision[], $8::boolean[]
    ) as s (id, state, reason, in_doubt, after, unsent)
    where
        n.directory_id = $1 and n.id = s.id and n.claimed_by = $2 and n.state = 'pending'
    returning n.id
)
select count(*) from settled
