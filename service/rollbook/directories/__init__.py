"""The rules of directories, and of the roles, locations and units that they hold."""
