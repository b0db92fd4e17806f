"""One non-profit's real newsletters, as a list whose history says who leaves."""
