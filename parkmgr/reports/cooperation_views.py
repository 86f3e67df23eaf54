"""The cooperation report on the screen."""
