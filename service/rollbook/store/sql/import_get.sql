-- One import, as it stands.
select
    i.id, i.principal, i.profile, i.source, i.options, i.state, i.stopped_by, i.stopped_line,
    i.rows, i.last_line, i.counts, i.warnings, i.created_at, i.updated_at
from imports as i
where i.directory_id = $1 and i.id = $2
