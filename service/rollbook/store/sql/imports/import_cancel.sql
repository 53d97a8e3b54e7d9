-- Cancels an import, whose counts are $3 now. No batch can commit after that: each moves the import
-- on in its own transaction, and looks at its state.
update imports
set
    state = 'CANCELLED', stopped_by = 'import_cancelled', stopped_line = 0, safeguard = null, counts = $3,
    digest = '', updated_at = now()
where directory_id = $1 and id = $2
