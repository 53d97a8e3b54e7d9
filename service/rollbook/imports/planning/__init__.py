"""Plans what each staged row does: create, update, leave unchanged or fail.

plan            create, update or leave            contest    who gets a name that is held
removed_names   what a row names and is gone       limits     where an import must stop, and why
digest          whether two plans are the same     notices    what plugins are notified of
tally           counts so far
"""
