-- Whether this login may take the application's role. From 16 on a member may be kept from that.
select coalesce(bool_or(
    case
        when current_setting('server_version_num')::integer >= 160000
            then pg_has_role(r.oid, 'SET')
        else pg_has_role(r.oid, 'MEMBER')
    end
), false)
from pg_roles as r
where r.rolname = 'rollbook_app'
