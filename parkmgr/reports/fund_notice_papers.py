"""Notices of funds on paper."""
