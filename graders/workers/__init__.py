"""Processes that grade side by side, and the pool that hands out orders to them.

What an order is, and what is done with its answer, is the matter of whoever asks: the
batch, `kata watch`, `kata verify`. None of them can be taken down by such a process.
"""

from graders.workers._messages import Answer, Tell
from graders.workers._pool import Pool

__all__ = ["Answer", "Pool", "Tell"]
