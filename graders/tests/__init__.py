"""The tests of the grader itself."""
