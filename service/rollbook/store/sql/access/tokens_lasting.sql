-- How many tokens are open and stay so for longer than a year.
select count(*) from access_tokens as t
where t.revoked_at is null and t.expires_at > now() + interval '1 year'
