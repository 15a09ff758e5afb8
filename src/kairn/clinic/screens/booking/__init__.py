"""A visit in the book, and who takes the person home."""
