"""`rollbook plugins`: the server's plugins, and commands for plugin authors."""
