"""Notices to people by mail, through an outbox that is written with the deed that they tell of."""
