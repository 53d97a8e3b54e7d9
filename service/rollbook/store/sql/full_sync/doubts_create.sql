-- The temporary table of the missing users whom rows of the file may mean, by line and field.
create temporary table if not exists doubts_{schema} (
    line bigint not null,
    field text not null,
    user_id bigint not null,
    employee_number text not null,
    is_suspended boolean not null
) on commit delete rows
