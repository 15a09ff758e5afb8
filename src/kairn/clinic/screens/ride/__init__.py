"""The escort's page: one ride, no chart."""
