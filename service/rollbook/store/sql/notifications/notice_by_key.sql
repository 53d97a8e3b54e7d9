-- The notice of the key $2 of directory $1.
select
    {{notifications/row}}
from notices as n
{{notifications/row_user}}
where n.directory_id = $1 and n.key = $2
