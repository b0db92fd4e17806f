"""The settings of a family, and the files in which people write them."""
