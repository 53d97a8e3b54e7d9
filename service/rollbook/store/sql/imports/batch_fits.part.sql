-- Whether the batch b may have rows that hold all of $5, and one of $6 (NULL: whatever).
(b.holds is null or (b.holds @> $5::text[] and ($6::text[] is null or b.holds && $6)))
