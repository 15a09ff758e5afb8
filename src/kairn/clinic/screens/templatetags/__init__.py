"""What templates ask of the screens."""
