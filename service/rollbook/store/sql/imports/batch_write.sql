-- Writes a batch into the ledger: in the batch's own transaction.
insert into import_batches (
    directory_id, import_id, plan, number, first_line, last_line, rows, content_offset,
    content_digest, results, counts, holds
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
