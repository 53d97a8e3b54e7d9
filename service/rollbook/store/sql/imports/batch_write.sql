-- Writes a batch into the ledger, and moves the import on by its $13 rows up to the line $14: in the
-- batch's own transaction. Answers the import's state, which no other transaction can change before this
-- one ends. A batch of a plan ($3) that is not the file's own moves nothing on, and answers nothing.
with moved as (
    update imports
    set
        rows = rows + $13, last_line = greatest(last_line, $14), counts = $11, updated_at = now()
    where directory_id = $1 and id = $2 and $3 = 0
    returning state
),

written as (
    insert into import_batches (
        directory_id, import_id, plan, number, first_line, last_line, rows, content_offset,
        content_digest, results, counts, holds
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
)

select state from moved
