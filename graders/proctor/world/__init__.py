"""The fake world of an exam, seen and directed from outside."""
