"""Drives a submission as an ASGI server does."""
