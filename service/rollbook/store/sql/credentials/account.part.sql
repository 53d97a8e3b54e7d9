-- The account of a user u of the directory d with the credentials c, which may be missing.
u.id as user_id, u.employee_number, u.email, u.username, u.first_name, u.last_name, u.name,
u.status, u.role_id, u.protected, u.account_version,
coalesce(c.version, 0) as version,
c.hash,
coalesce(c.must_change, false)
or (
    u.must_change_password and coalesce(c.must_change_answered, -1) <> u.must_change_asked
) as must_change,
c.first_login_at,
coalesce(nullif(d.display_name, ''), d.name) as directory, d.password_min_length
