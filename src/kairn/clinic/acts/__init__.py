"""What a person does: one function for each clinical act, and the reads that screens need."""
