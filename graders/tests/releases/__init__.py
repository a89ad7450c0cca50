"""Behaviour of the libraries that the suites rely on: a release may change it."""
