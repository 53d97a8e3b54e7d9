-- A user u as it is read, with the names r, l and o of its role, location and unit.
u.id, u.employee_number,
u.{column} as {name}, -- each text field
u.{column} as {name}, -- each boolean field
r.name as role, coalesce(l.name, '') as location, coalesce(o.name, '') as organizational_unit,
u.attributes, u.status, u.role_locked, u.location_locked, u.protected, u.source,
{{users/sources}} as sources,
u.created_import, u.updated_import, u.created_at, u.updated_at, u.version, u.role_id
