"""Pages of accounts: the lock, the PIN, lockouts, the broken glass, and who works here."""
