-- Whether this login may take the application's role, and finds the tables when it has: a role that
-- came after them may still lack its grants. From 16 on a member may be kept from taking it.
select coalesce(bool_or(
    has_table_privilege(r.oid, to_regclass('users'), 'insert')
    and case
        when current_setting('server_version_num')::integer >= 160000
            then pg_has_role(r.oid, 'SET')
        else pg_has_role(r.oid, 'MEMBER')
    end
), false)
from pg_roles as r
where r.rolname = 'rollbook_app'
