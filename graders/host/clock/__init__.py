"""How time passes in a host: in lock step with the proctor."""
