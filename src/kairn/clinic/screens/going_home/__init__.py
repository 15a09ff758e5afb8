"""What a person takes home after a visit, the same on paper and on their phone."""
