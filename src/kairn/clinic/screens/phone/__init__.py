"""The patient's own pages: the one next thing, help, a short check-in, and who looked."""
