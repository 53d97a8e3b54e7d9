"""UserService: finds, lists, writes and changes users."""
