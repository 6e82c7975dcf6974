"""Whether a holdout shows the gain that the objective shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_autoloop.experiment import Gain

# Other inputs may well gain less; less than half is another thing than what was claimed.
_SHARE = 0.5


def unseen(visible: Gain, holdout: Gain) -> bool:
    """Return whether a holdout clearly lacks a gain: the best its interval allows is less than half the least the visible one allows.

    Shares are of log ratios: half of 1.44 times is 1.2 times. Where the visible interval allows no gain at all there is nothing to lack.
    """
    least = math.log(visible.low) if visible.low > 0 else -math.inf
    best = math.log(holdout.high) if holdout.high > 0 else -math.inf
    return least > 0 and best < _SHARE * least
