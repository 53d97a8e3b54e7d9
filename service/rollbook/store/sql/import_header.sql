-- Keeps what the file's header was, for the report: its delimiter and its cells.
update imports set delimiter = $3, header = $4, updated_at = now()
where directory_id = $1 and id = $2
