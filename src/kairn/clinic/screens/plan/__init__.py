"""The series for one person, inside the protocol's limits."""
