"""One import as a job: whose, where to, how high it reaches, and that it is ours alone.

job         who, where to, from what, how      ceilings    how high it may reach
holding     its lease, kept alive              places      how many run at once
directory   what its plugins are shown of it   overlap     when the next batch is thought about
"""
