-- The active user of directory $1 by id $2, number's key $3, e-mail's key $4 or username's key $5, held
-- until COMMIT, so that what is counted of the user is exact.
select u.id
from users as u
where
    u.directory_id = $1 and u.status = 'active'
    and (u.id = $2 or u.number_key = $3 or u.email_key = $4 or u.username_key = $5)
for no key update
