"""Laboratories: who runs them, what is dangerous, what stands in them, and who may work with it until when."""
