"""Leases: contracts by which organisations have spaces for long, with their terms, rents, options and deposits."""
