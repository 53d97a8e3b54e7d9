"""`rollbook directories`, `roles`, `locations`, `units`: manage them."""
