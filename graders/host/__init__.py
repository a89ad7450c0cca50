"""The untrusted side: one process that runs one submission for one check.

Read `_main` first: it says what is installed, in which order. `_lockstep` is the heart.
Nothing here imports the proctor, a suite or a report.
"""
