"""`rollbook plugins`: what the server loads, and what an author writes and checks."""
