-- Gives back what the claim $1 holds, so that it is due again at once. Reads all that is pending: it
-- is asked only after a claim whose database went away.
update notices as n
set claimed_until = null
where n.claimed_by = $1 and n.state = 'pending'
