-- Empties the room between two batches of one transaction.
truncate staged_{schema}
