"""What only the inside can see. An instrument records evidence, and changes nothing."""
