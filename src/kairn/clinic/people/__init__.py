"""Who someone is, and what they may do and see; identity lives here, not in events."""
