"""What a run shows: a summary as values, and how summaries, explanations and messages look.

``summary`` and ``page`` know no terminal; ``dry_run`` and ``explanation`` draw with rich.
"""
