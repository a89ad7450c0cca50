"""Tries every instrument on mistakes that are known, before anybody is graded."""
