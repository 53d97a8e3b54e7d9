-- The account of a user u of the directory d with the credentials c, which may be missing. A password that
-- was generated is none after a change of mailbox or status.
u.id as user_id, u.employee_number, u.email, u.username, u.first_name, u.last_name, u.name,
u.status, u.role_id, u.protected, u.account_version,
coalesce(c.version, 0) as version,
case when c.generated_for is null or c.generated_for = u.account_version then c.hash end as hash,
c.generated_by,
coalesce(c.must_change, false)
or (
    u.must_change_password and coalesce(c.must_change_answered, -1) <> u.must_change_asked
) as must_change,
c.first_login_at,
coalesce(nullif(d.display_name, ''), d.name) as directory, d.password_min_length
