-- Tells the planner what the table looks like; asked after an import has grown it by a fifth.
analyze users
