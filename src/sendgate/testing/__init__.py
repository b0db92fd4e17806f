"""For whoever writes a store or a provider, or tests a pipeline with sendgate in it: contract suites and fakes.

The suites are classes of pytest: inherit one, say how to open what is tested, and run it.
"""
