"""Sendgate."""
