"""What only the inside can see. Each instrument records evidence and changes nothing."""
