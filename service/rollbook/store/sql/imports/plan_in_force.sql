-- Makes the answers of the plan $3 those of the import; not where it was cancelled meanwhile.
update imports set plan = $3, updated_at = now()
where directory_id = $1 and id = $2 and state <> 'CANCELLED'
returning id
