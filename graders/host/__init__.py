"""The untrusted side: one process that runs one submission for one check.

Read `host` first: it says what is installed, in which order. `clock.lockstep` is the
heart.
Nothing here imports the proctor, a suite or a report.
"""
