-- Keeps how the file is read, for the report: its encoding and delimiter, the cells of its header,
-- and its warnings.
update imports set encoding = $3, delimiter = $4, header = $5, warnings = $6, updated_at = now()
where directory_id = $1 and id = $2
