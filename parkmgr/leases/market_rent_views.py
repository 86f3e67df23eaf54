"""Market rents."""
