-- Staged imports whose `end` was received and which no server works on any more, of all directories.
select l.directory_id, l.directory, l.import_id
from imports_left_behind(16) as l
limit 16
