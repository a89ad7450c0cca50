"""Findings and verdicts: what a grading says."""
