-- Keeps the packed cells of a batch's failed rows, of which $5 is the first line.
insert into import_failures (directory_id, import_id, plan, number, first_line, packed)
values ($1, $2, $3, $4, $5, $6)
