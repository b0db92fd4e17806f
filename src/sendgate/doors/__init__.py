"""Ways in: parse what comes, hand it down, translate what comes back. Nothing is decided here."""
