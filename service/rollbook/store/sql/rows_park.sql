-- Keeps rows that wait for the end of their file.
insert into import_rows (directory_id, import_id, kind, number, packed)
values ($1, $2, 'parked', $3, $4)
