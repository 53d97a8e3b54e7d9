-- Says that an import does not run any more, and may go on.
update imports set state = 'INTERRUPTED', updated_at = now()
where directory_id = $1 and id = $2 and state = 'RUNNING'
