"""`rollbook serve`, `migrate` and `doctor`: commands for operators."""
