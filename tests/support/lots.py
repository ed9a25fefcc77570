"""How many times something is drawn: a sample in `make test`, all of it in `make soak ARGS=tests`.

A test that draws (examples, towns, histories, alterations) names both numbers, `lots(12, 200)`: so nobody makes one
smaller without saying what the whole is, and none depends on how fast a machine is.
"""

from __future__ import annotations

import os

WHOLE = os.environ.get("WUXIAO_TEST_WHOLE") == "1"


def lots(sample: int, whole: int) -> int:
    """How many to draw in this run."""
    assert 0 < sample <= whole
    return whole if WHOLE else sample
