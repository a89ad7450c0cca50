"""Katas: their manifests, and the mistakes that they know."""
