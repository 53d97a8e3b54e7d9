-- Remembers that principal $2 made a token for principal $1; $3: as one of the operator's own.
insert into principal_makers (principal, maker, by_operator)
values ($1, $2, $3)
on conflict do nothing
