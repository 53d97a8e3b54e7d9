"""The rules of users: who may change what of whom, and how users are found and changed."""
