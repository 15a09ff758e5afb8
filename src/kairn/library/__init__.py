"""The books: protocols, facts, code sets, sources; and the one strict reader. No clinical logic."""
