"""The ledger's tables, in the order they came."""
