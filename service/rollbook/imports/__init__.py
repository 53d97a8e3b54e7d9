"""Imports: reads a file, writes users, answers every row. Begin with `pipeline.py`.

pipeline        from a client's bytes to answers    run              the pipeline to its end
opening         what a client asks for → a job      options          its options, and as JSON
apply_preview   commits what was previewed          recovery         finishes what a server left
control         cancel and approve                  failure_report   failed rows as a file

The rooms below it, from the top down: `writing`, `planning`, `rows`, `job`.
"""
