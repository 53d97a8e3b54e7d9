-- Ends every link to the account of the user $2 of directory $1, if it is still of version $3. A password
-- that was generated is no link, and stays.
with ended as (
    update users as u
    set account_version = u.account_version + 1
    where u.directory_id = $1 and u.id = $2 and u.account_version = $3
    returning u.id
)

update credentials as c
set generated_for = c.generated_for + 1
from ended
where c.directory_id = $1 and c.user_id = ended.id and c.generated_for = $3
