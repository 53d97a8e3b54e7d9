-- Leaves directory $1 without a default role, until `role_default` says which.
update roles set is_default = false where directory_id = $1 and is_default
