"""What one would take instead: libraries that bring the same file into the same tables.

Their packages are in an environment of their own, `.venv-bench`, and so none of them imports
Rollbook. Each module has `ready`, which connects and answers what is timed: a function that brings
a file in.
"""
