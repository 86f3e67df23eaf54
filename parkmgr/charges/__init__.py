"""Charges: what the use of laboratories costs whom, month by month, and how well the equipment served."""
