"""Calendars: opening hours, working days and what recurs, in the park's wall time. No database, no web."""
