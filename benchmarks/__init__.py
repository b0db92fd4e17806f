"""What sendgate claims about speed, as commands that measure it: ``python -m benchmarks``, see ``docs/speed.md``."""
