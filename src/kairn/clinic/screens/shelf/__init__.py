"""The component shelf: every component in every state."""
