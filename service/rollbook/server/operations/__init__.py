"""What operators look at: logs and doctor."""
