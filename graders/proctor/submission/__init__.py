"""What a learner handed in, as text."""
