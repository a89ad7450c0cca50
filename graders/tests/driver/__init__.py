"""The ways in which the proctor calls an application."""
