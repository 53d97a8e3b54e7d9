-- Staged imports whose `end` was received and which no server works on any more.
select i.directory_id, d.name as directory, i.id as import_id
from imports as i
join directories as d on d.id = i.directory_id
left join import_leases as l on l.directory_id = i.directory_id and l.import_id = i.id
where
    i.end_received and i.state in ('RUNNING', 'INTERRUPTED')
    and (l.expires_at is null or l.expires_at <= clock_timestamp())
order by i.created_at
limit 16
