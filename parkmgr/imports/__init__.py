"""Imports: other people's tables become buildings, spaces, organisations and leases, all rows or none."""
