"""From facts to a decision: which gates are asked, which offer is chosen, which reason is named.

``plan`` prepares a campaign under a policy, ``person`` decides about one profile, ``tables`` about everybody.
"""
