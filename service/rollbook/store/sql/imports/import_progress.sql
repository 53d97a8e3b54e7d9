-- Moves an import on by one batch, in the batch's own transaction. Answers its state, which no other
-- transaction can change before this one ends.
update imports
set rows = rows + $3, last_line = greatest(last_line, $4), counts = $5, updated_at = now()
where directory_id = $1 and id = $2
returning state
