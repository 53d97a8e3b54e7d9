"""`rollbook import` and `rollbook imports`: files in, and what became of them."""
