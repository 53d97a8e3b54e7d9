"""DirectoryService: directories, and the roles, locations and units they hold."""
