"""The clinic: the only room with a database, a network and people."""
