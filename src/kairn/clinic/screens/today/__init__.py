"""The board of the day: who needs somebody, and by when."""
