-- Keeps the staged rows, a piece of the parked ones, beside the pieces before it.
insert into parked_{schema} select * from staged_{schema}
