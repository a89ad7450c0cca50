"""Loads a submission, and runs it."""
