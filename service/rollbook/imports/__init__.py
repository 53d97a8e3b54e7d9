"""The line: one file in, users written, every row answered. Begin with `line.py`.

opening     what the client said → a job      running     a job to its end, its summary
finishing   jobs that a server left behind    reapplying  a preview, applied
deciding    cancelled, or let pass            reporting   failed rows, as a file
warning     of the import as a whole

The rooms below it, from the top down: `writing`, `plans`, `rows`, `jobs`.
"""
