-- Lets an import pass that waits for another principal than its own.
update imports
set approved_by = $3, approved_at = now(), updated_at = now()
where directory_id = $1 and id = $2 and state = 'AWAITING_APPROVAL' and principal <> $3
returning id
