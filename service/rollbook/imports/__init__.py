"""Imports: reads a file, writes users, answers every row. Begin with `pipeline.py`.

pipeline        from a client's bytes to answers    run              the pipeline to its end
opening         what a client asks for → a job      options          its options, and as JSON
apply_preview   commits what was previewed          control          cancel and approve
failure_report  failed rows as a file               logged           begin and end, in the log
issue_messages  what is reported of a row, and in which words
finish_left_behind   what a server left behind when it died is finished by another

The rooms below it, from the top down: `writing`, `planning`, `rows`, `job`.
"""
