"""A new person comes to the clinic."""
