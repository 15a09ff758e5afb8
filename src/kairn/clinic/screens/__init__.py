"""What a person sees: one folder per screen, and the look they share."""
