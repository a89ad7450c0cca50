"""One exam: a fresh host, a fake world, and what a suite may ask."""
