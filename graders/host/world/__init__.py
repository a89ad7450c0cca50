"""What is fake around a submission: network, services, machine."""
