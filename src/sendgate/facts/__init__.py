"""Facts: what is known about (person, offer, now), declared once and evaluated in two regimes.

``kinds`` declares them, ``profile`` evaluates them over one profile in plain Python, ``tables`` over everybody with
Narwhals. ``arithmetic`` and ``sentence`` are the few helpers that conditions and sentences use in both.
"""
