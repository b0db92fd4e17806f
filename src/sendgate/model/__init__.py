"""The words of the field as frozen values. Nothing here reads a clock, a file or the environment."""
