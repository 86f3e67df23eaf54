"""Booking a space by the hour or by the day: the rules of each space, requests and decisions, series, waiting, doors and calendars."""
