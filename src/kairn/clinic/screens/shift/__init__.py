"""Taking the shift with a visit of the day."""
