"""Additive scorecards: a starting point, and points for each fact. They can be read like a table."""
