"""`rollbook serve`, `migrate`, `doctor`: commands for operators."""
