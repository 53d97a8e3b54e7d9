"""UserService: users found, listed, written and changed by hand."""
