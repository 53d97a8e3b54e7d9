-- The columns of a listed notice n, and of its user u.
n.line, n.id, n.key, n.user_id, coalesce(u.employee_number, '') as employee_number, n.event,
n.mail, n.state, n.reason, n.attempts, n.in_doubt, n.created_at, n.due_at, n.settled_at,
n.import_id
