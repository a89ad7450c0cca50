"""Where two JSON values differ."""

from __future__ import annotations

import json
from typing import Any


def difference(expected: Any, got: Any, path: str = "") -> tuple[str, str] | None:
    """Where two JSON values differ first, and what stands there."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in expected:
            inner = f"{path}.{key}" if path else str(key)
            if key not in got:
                return inner, "it is missing"
            found = difference(expected[key], got[key], inner)
            if found is not None:
                return found
        extra = sorted(set(got) - set(expected))
        if extra:
            return path, f"a key too many: {extra[0][:60]!r}"
        return None
    if isinstance(expected, list) and isinstance(got, list):
        for position, (left, right) in enumerate(zip(expected, got, strict=False)):
            found = difference(left, right, f"{path}[{position}]")
            if found is not None:
                return found
        if len(expected) != len(got):
            return path, f"{len(got)} items"
        return None
    same = expected == got and isinstance(expected, bool) == isinstance(got, bool)
    return None if same else (path, json.dumps(got)[:120])
