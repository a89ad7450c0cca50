"""Keeps a copy of every stub, for `kata reset`: `python -m` this module, then commit.

The stubs in `katas/` must be as learners shall get them.
"""

from __future__ import annotations

from graders.practice import kept_stub
from graders.proctor import all_katas


def main() -> None:
    """Write the copies, and name those that changed."""
    for kata in all_katas():
        stub, kept = kata.stub.read_bytes(), kept_stub(kata.slug)
        if not kept.is_file() or kept.read_bytes() != stub:
            kept.write_bytes(stub)
            print(kept.name)


if __name__ == "__main__":
    main()
