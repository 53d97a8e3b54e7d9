-- Sets the state of an import, and its reason; does nothing if it was cancelled meanwhile.
update imports
set
    state = $3, stopped_by = $4, stopped_line = $5, safeguard = $9, counts = $6, warnings = $7,
    end_received = end_received or $3 = 'COMPLETED',
    digest = $8, updated_at = now()
where directory_id = $1 and id = $2 and (state <> 'CANCELLED' or $3 = 'CANCELLED')
returning id
