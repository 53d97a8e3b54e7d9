-- Keeps rows of a batch for later; $3 is the purpose.
insert into import_rows (directory_id, import_id, kind, number, packed)
values ($1, $2, $3, $4, $5)
