"""Calls and distributions, and what partners are told."""
