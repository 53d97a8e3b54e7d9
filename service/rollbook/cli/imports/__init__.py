"""`rollbook import` and `rollbook imports`: import files and follow imports."""
