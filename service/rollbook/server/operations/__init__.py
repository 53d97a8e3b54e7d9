"""What operators look at: logs, health, doctor."""
