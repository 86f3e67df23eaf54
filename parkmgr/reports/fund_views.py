"""The fund report on the screen."""
