-- Remembers that `end` was received and fitted: from here on no client is needed.
update imports set end_received = true, updated_at = now()
where directory_id = $1 and id = $2
