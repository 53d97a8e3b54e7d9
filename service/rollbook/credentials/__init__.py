"""Passwords of users: hashed, judged, and set by who may; and what opens an account once.

hashing       argon2id in two threads of its own, off the event loop
policy        what a password must be: every broken rule at once, in words
structure     how much of a password is not a pattern or a common word
keys          the server keys, from a file, that links and generated passwords are derived from
links         derived links and generated passwords: nothing that opens an account is stored
in_mails      what a mail opens an account with, made anew at each attempt
means         what a server has of these: its hasher, its keys, its counts
delays        answers that wait longer the more attempts fail
tries         how many passwords a link may be refused
login         a password verified: the same work and answer, whatever is wrong
set_password  by a link, by the old password, by an administrator
resets        links that are asked for, written after the answer
invitations   sent days after an import, to users who have never got in
sending       what a server lacks to send a mail

A password is text in NFC. It is never NFKC, by which `①` would be `1`.
"""
