"""The built-in gates, a file each. Gates do not know each other."""
