-- Marks an import as interrupted: it does not run any more, and can be resumed.
update imports set state = 'INTERRUPTED', updated_at = now()
where directory_id = $1 and id = $2 and state = 'RUNNING'
