-- Keeps rows of a batch for later; $3 is the purpose, $6 and $7 are their lines if they are staged.
insert into import_rows (directory_id, import_id, kind, number, packed, first_line, last_line)
values ($1, $2, $3, $4, $5, $6, $7)
