-- Updates the planner's statistics of the table, after an import has added more than a fifth to it.
analyze users
