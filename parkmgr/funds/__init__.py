"""Venture funds: who promised, paid and got back what; which companies they own parts of, and what those are worth."""
