"""Values → what stands on the screen, in a pipe or in a file."""
