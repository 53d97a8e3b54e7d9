-- Where an import stands.
select state from imports where directory_id = $1 and id = $2
