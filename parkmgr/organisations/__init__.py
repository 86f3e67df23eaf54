"""Organisations: who they are, how they are reached, and since when they belong to ASRTU."""
