"""What is done with a fund."""
