"""One import as a job: its owner, directory, rights, options and lease.

job              who, where to, from what, how, and its rights
held_lease       its lease, renewed while it runs      slots      how many run at once
"""
