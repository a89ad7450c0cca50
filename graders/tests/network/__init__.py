"""Clients in a host against upstreams in the proctor."""
