-- Makes users of the staged rows that $5 creates, and answers their ids and keys as arrays.
{{staging/inserted}}

select array_agg(made.id), array_agg(made.number_key) from made
