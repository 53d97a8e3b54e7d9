-- Makes the answers of the plan $3 those of the import, which is done: in the plan's transaction.
-- Nothing happens where the import was cancelled meanwhile.
update imports
set
    plan = $3, counts = $4, digest = $5, state = 'COMPLETED', stopped_by = '', stopped_line = 0, safeguard = null,
    updated_at = now()
where directory_id = $1 and id = $2 and state <> 'CANCELLED'
returning id
