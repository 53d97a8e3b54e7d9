-- The key that page tokens are signed with.
select p.key from page_key as p
