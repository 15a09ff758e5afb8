"""The tables of people, their grants and the append-only access log."""
