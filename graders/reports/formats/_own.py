"""Our own JSON: everything that a verdict holds, its schema, and the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from graders.proctor import SCHEMA, Verdict
from graders.reports._errors import ReportError
from graders.reports._lines import cut
from graders.wire import UNDECODABLE

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_MAX_BYTES = 64 * 2**20


class _Header(msgspec.Struct):
    schema: str


def dumps(value: object) -> str:
    """JSON in ASCII: nothing in it can steer a terminal or an editor."""
    return json.dumps(value, indent=2, allow_nan=False) + "\n"


def own_json(verdict: Verdict) -> str:
    """The whole verdict. `read_verdict` takes it back."""
    return dumps(_readable(msgspec.to_builtins(verdict)))


def verdict_schema() -> str:
    """The JSON schema of `own_json`."""
    schema: dict[str, Any] = {"$schema": _DRAFT, "title": SCHEMA}
    return dumps(schema | msgspec.json.schema(Verdict))


def read_verdict(path: Path) -> Verdict:
    """Read a verdict from the file that `own_json` was written to.

    Raises:
        ReportError: it cannot be read, or holds no verdict of this release.
    """
    shown = repr(str(path))
    try:
        with path.open("rb") as opened:
            content = opened.read(_MAX_BYTES + 1)
    except OSError as exc:
        why = exc.strerror or "it cannot be read"
        raise ReportError(
            f"{shown} cannot be read ({why}): give a verdict file, as 'kata run "
            "--json FILE' writes one."
        ) from exc
    if len(content) > _MAX_BYTES:
        raise ReportError(f"{shown} is larger than 64 MB: that is no verdict.")
    try:
        header = msgspec.json.decode(content, type=_Header)
    except UNDECODABLE as exc:
        raise ReportError(
            f"{shown} holds no verdict: give a file that 'kata run --json FILE' or "
            "'kata grade' wrote."
        ) from exc
    if header.schema != SCHEMA:
        raise ReportError(
            f"{shown} has the schema {cut(header.schema, 60)!r}, and this release "
            f"reads {SCHEMA!r}: grade again, or use the release that wrote it."
        )
    try:
        return msgspec.json.decode(content, type=Verdict)
    except UNDECODABLE as exc:
        raise ReportError(
            f"{shown} is no whole verdict ({cut(str(exc), 120)}): grade again."
        ) from exc


def _readable(value: Any) -> Any:
    """The same, with half surrogate pairs spelt out: no reader takes them."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if isinstance(value, dict):
        return {key: _readable(item) for key, item in value.items()}
    return value
