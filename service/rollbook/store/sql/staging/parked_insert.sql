-- Makes users of the staged rows that $5 creates, however many, and answers how many they are.
{{staging/inserted}}

select count(*) from made
