-- Marks an interrupted import as running again.
update imports
set state = 'RUNNING', stopped_by = '', stopped_line = 0, safeguard = null, updated_at = now()
where directory_id = $1 and id = $2 and state in ('RUNNING', 'INTERRUPTED')
