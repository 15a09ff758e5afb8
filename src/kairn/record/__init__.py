"""What happened: event types and the immutable history of one patient."""
