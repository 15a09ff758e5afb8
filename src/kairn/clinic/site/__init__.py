"""The house the clinic stands in: settings, addresses, the database server, and the commands that run them."""
