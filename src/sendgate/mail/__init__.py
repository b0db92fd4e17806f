"""Rendered messages become parcels: an e-mail as servers and mailboxes want it, read again before it leaves."""
