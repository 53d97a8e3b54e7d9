"""The rules of users: who may change what of whom, and how to find and change users.

policy      who may change what of whom: one table, for files and for changes by hand
disclosure  what an answer may report of stored users
change      locks and suspension by hand, in one transaction
find        a user by a key, and users by the conditions of a list
history     what each change made of each field of a user, and who made it
"""
