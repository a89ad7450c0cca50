"""Reads what authors write down in TOML: as it is meant, or a sentence on why not."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from graders.proctor.verdict.printable import printable

T = TypeVar("T")

# Characters; a reason may repeat what is written there.
_LONGEST = 200


def read_toml(path: Path, kind: type[T]) -> T:
    """Read a file.

    Args:
        kind: what it holds.

    Raises:
        FileNotFoundError, NotADirectoryError: there is none.
        ValueError: it cannot be read, or holds something else; the text is printable,
            of moderate length, and says why.
    """
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as exc:
        raise ValueError(f"it cannot be read ({exc.strerror})") from exc
    except RecursionError as exc:
        raise ValueError("something in it is nested too deeply") from exc
    except (msgspec.MsgspecError, UnicodeError) as exc:
        raise ValueError(shortened(str(exc))) from exc
    except ValueError as exc:
        # Python converts no longer ones; what it advises is no help here.
        raise ValueError("a number in it is too long") from exc


def shortened(text: str) -> str:
    """Text of a file as far as a sentence can repeat it."""
    text = printable(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
