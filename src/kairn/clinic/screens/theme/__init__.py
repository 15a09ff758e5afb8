"""Light or dim, chosen once a device."""
