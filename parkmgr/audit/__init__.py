"""Audit: who did what to which thing, when and why, in the same transaction, in a chain that cannot be quietly changed."""
