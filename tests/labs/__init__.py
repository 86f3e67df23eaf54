"""Laboratories: who runs them, what stands in them, who may work there."""
