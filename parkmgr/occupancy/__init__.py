"""Occupancy: the ledger of holds. Who has which unit, from when to when, because of which document."""
