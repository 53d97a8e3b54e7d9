-- One import, as it stands.
select
    i.id, i.principal, i.profile, i.source, i.options, i.state, i.stopped_by, i.stopped_line,
    i.rows, i.last_line, i.plan, i.digest, i.delimiter, i.header, i.end_received, i.active_at_start, i.approved_by, i.approved_at,
    i.counts, i.warnings, i.created_at, i.updated_at
from imports as i
where i.directory_id = $1 and i.id = $2
