-- One import, as it stands; not one that is being deleted. What runs without a living owner is
-- interrupted.
select
    i.id, i.principal, i.profile, i.source, i.options,
    case
        when i.state = 'RUNNING' and l.expires_at <= clock_timestamp() then 'INTERRUPTED'
        else i.state
    end as state,
    i.stopped_by, i.stopped_line, i.safeguard, i.rows, i.last_line, i.plan, i.digest,
    i.encoding, i.delimiter, i.header, i.file_name,
    i.end_received, i.active_at_start, i.approved_by, i.approved_at, i.counts, i.warnings,
    i.created_at, i.updated_at, i.reaches_privileged, i.reaches_passwords, i.caller_users,
    i.kept = 'all' as rows_kept
from imports as i
left join import_leases as l on l.directory_id = i.directory_id and l.import_id = i.id
where i.directory_id = $1 and i.id = $2 and i.kept <> 'nothing'
