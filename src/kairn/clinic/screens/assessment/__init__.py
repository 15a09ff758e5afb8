"""What a specialist finds, the lists gone through with the person, and the signed judgement."""
