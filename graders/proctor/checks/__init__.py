"""What a suite is made of: checks, and properties under drawn plans."""
