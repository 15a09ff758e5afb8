"""What the screens of one visit share: its person and phase, the questions its rules ask, the answers of a form."""
