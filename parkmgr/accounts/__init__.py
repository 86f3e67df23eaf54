"""Accounts: who signs in, what was granted to whom, and which sign-ins are alive."""
