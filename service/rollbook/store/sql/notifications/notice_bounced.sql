-- The notice of the key $2 of directory $1 was sent, or may have been, and came back: it is
-- undeliverable, for the reason $3, and not tried again. Answers true if it was one of these.
update notices as n
set state = 'undeliverable', reason = $3, settled_at = now(), claimed_until = null, claimed_by = ''
where
    n.directory_id = $1 and n.key = $2
    and (n.state in ('sent', 'in_doubt') or (n.state = 'pending' and n.attempts > 0))
returning true
