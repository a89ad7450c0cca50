"""Properties of a brief under drawn plans, with the solution as the oracle."""
