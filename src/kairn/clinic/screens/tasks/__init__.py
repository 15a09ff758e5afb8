"""What somebody must do, with an owner and a clock."""
