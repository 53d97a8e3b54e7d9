"""How fast Rollbook is beside psql alone: files made to measure, both ways timed in turn."""
