"""The shelf, its lots, what waits for a second person, days, register and reports."""
