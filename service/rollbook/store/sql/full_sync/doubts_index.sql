-- An index on the lines of doubts: they are read a batch at a time.
create index if not exists doubts_{schema}_line on doubts_{schema} (line)
