-- Keeps what the file's header was, for the report: its delimiter, its cells, and its warnings.
update imports set delimiter = $3, header = $4, warnings = $5, updated_at = now()
where directory_id = $1 and id = $2
