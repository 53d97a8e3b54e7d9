-- Brings the users of the staged rows at the positions $4 to what the rows say. The employee
-- number stays as it was first written: it is the identity, and never changes.
-- $1 directory · $2 whether a username that is the e-mail follows it · $3 import
-- $4 positions · $5 source
update users as u
set
    email = coalesce(s.email, u.email),
    email_key = coalesce(s.email_key, u.email_key),
    username = coalesce(s.username, case when $2 and s.email is not null
        and (u.username_key = u.email_key or u.username = u.email)
        then s.email else u.username end),
    username_key = case when s.username is not null or ($2 and s.email is not null
        and (u.username_key = u.email_key or u.username = u.email))
        then s.username_key else u.username_key end,
    first_name = coalesce(s.first_name, u.first_name),
    last_name = coalesce(s.last_name, u.last_name),
    name = coalesce(s.name, u.name),
    role_id = case when u.role_locked then u.role_id else coalesce(s.role_id, u.role_id) end,
    location_id = case when u.location_locked then u.location_id
        else coalesce(s.location_id, u.location_id) end,
    unit_id = coalesce(s.unit_id, u.unit_id),
    job_title = coalesce(s.job_title, u.job_title),
    department = coalesce(s.department, u.department),
    phone = coalesce(s.phone, u.phone),
    attributes = case when s.attributes is null then u.attributes
        else jsonb_strip_nulls(u.attributes || s.attributes) end,
    must_change_password = coalesce(s.must_change_password, u.must_change_password),
    status = case when u.status = 'suspended_by_sync' and u.source = $5
        then 'active' else u.status end,
    updated_import = $3,
    updated_at = now(),
    version = u.version + 1
from staged_0003 as s
where
    u.directory_id = (select $1::bigint) and u.number_key = s.number_key
    and s.pos = any($4::integer[])
