-- Gives back what the claim $1 holds, so that it is due again at once. Reads all that is pending: it
-- is asked only after a claim whose database went away. Nothing of the attempt went out, so that no link
-- has lost any of its time.
update notices as n
set claimed_until = null, opens_from = nullif(n.opens_from, n.claimed_at)
where n.claimed_by = $1 and n.state = 'pending'
