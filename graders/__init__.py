"""Async Katas: the graders.

wire       the typed messages that cross between the two processes
host       the untrusted side: runs a submission on the exam's clock
proctor    the trusted side: owns the clock and the fake world, forms the verdict
suites     one hidden suite per kata, written against the proctor
reports    a verdict as text
plugin     grading and proofs as pytest does them
packs      katas for learners and candidates, graders for Gradescope and CI
authoring  `kata verify` and `kata new`, for those who write katas
practice   `kata watch`, `list`, `hint`, `reset` and `show`, for those who learn
cli        the `kata` command
"""

from graders.platform_parts import insist

# Before anything is imported that only some platforms have.
insist()

__version__ = "0.1.0"
