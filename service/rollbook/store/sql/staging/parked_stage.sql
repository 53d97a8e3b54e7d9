-- Stages the parked rows that are written: $1 says by position what becomes of each, a byte,
-- 1 created, 2 updated.
insert into staged_{schema}
select p.* from parked_{schema} as p where get_byte($1::bytea, p.pos) in (1, 2)
