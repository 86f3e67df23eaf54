"""Invitation and programme of a delegation on paper."""
