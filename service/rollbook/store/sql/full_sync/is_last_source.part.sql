-- Whether the user u is active, and has no other source than $2.
(u.status = 'active' and $2 = all({{users/sources}}))
