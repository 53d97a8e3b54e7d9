-- At most $8 notices of directory $1 that can be sent again, with their mails and ids above $6 up to $7:
-- those in the states $2, of the import $3, about the user $4, of the key $5; NULL: of any.
select n.id, n.mail
from notices as n
where
    n.directory_id = $1 and n.state in ('undeliverable', 'in_doubt', 'expired')
    and n.state = any($2::text[]) and n.id > $6 and n.id <= $7
    and ($3::uuid is null or n.import_id = $3)
    and ($4::bigint is null or n.user_id = $4)
    and ($5::uuid is null or n.key = $5)
order by n.id
limit $8
