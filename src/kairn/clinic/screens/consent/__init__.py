"""The document in plain words, the questions back, and the signature."""
