"""Learning scorecards from what happened after past messages, and judging them on later ones.

Loaded by the commands `train` and `evaluate` alone: deciding needs none of it.
"""
