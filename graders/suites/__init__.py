"""The hidden suites, one per kata."""
