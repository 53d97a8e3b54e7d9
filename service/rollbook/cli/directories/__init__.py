"""`rollbook directories`, `roles`, `locations`, `units`: what users are put into."""
