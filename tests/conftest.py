"""What all tests share: how Hypothesis searches."""

from __future__ import annotations

import os

from hypothesis import settings

# A slow machine is not a wrong answer, so no deadline. CI draws the same examples every time: a change fails for what
# it changed. At a desk each run draws new ones, and the failing example is printed in a form that can be pasted.
settings.register_profile("sendgate", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
settings.load_profile("sendgate")
