"""The books: protocols, facts, code sets, sources; and the one strict reader, without clinical logic."""
