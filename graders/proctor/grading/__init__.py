"""From checks to a verdict, and the proof that a suite is right."""
