-- Pages of an import's rows: the ledger is found by line, and by what a batch holds.

-- No release has had these tables, so that none has imports to keep waiting; and columns are dropped
-- only where it is taken down.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- squawk-ignore-file ban-drop-column, adding-field-with-default

-- migrate:up
set local lock_timeout = '5s';

-- `holds`: the outcomes of the batch's rows, the codes of their issues, and ISSUES if there are any;
-- NULL: not noted. A list of few rows among many passes over the other batches.
alter table import_batches add column holds text[];
create index import_batches_by_line on import_batches (
    directory_id, import_id, plan, first_line, number
) where rows > 0;
-- The few batches of many lines, such as parked rows from all over a file. Any other one that has a
-- line begins within 10,000 lines before it.
create index import_batches_long on import_batches (directory_id, import_id, plan, first_line)
where rows > 0 and last_line - first_line >= 10000;

-- Where the lines of staged rows are; 0: of other rows, and not noted.
alter table import_rows
add column first_line bigint not null default 0,
add column last_line bigint not null default 0;
create index import_rows_by_line on import_rows (directory_id, import_id, last_line)
where kind = 'staged';

-- migrate:down
set local lock_timeout = '5s';
drop index import_rows_by_line, import_batches_long, import_batches_by_line;
alter table import_rows drop column first_line, drop column last_line;
alter table import_batches drop column holds;
