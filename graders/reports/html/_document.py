"""Puts a report together: one file that needs nothing and lets nothing else in."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from graders.reports._findings import GRADER_FAILED, WITHHELD
from graders.reports._lines import escape_lines, seconds
from graders.reports._remarks import NOT_THEIR_FAULT
from graders.reports.html._words import (
    prose,
    status_sign,
    visible,
)

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The templates. Every value is escaped, and what is invisible made visible."""
    # Imported late: it takes as long as all the rest, and no other report needs it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        finalize=visible,
        undefined=StrictUndefined,
        # They do not change while a command runs.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "prose": prose,
        "seconds": seconds,
        "lines": _lines,
        "packed": _packed,
    }
    made.globals |= {
        "status_sign": status_sign,
        "grader_failed": GRADER_FAILED,
        "withheld": WITHHELD,
        "not_their_fault": NOT_THEIR_FAULT,
    }
    return made


def document(template: str, *, scripts: tuple[str, ...] = (), **values: object) -> str:
    """A whole file.

    Args:
        template: one that extends `document.html`.
        scripts: files that may run in it; no others may.
        values: for the template.
    """
    style = _read("report.css")
    code = [_read(name) for name in scripts]
    allowed = " ".join(_digest(text) for text in code) or "'none'"
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; script-src {allowed}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return (
        environment()
        .get_template(template)
        .render(
            # The digests are of these very texts: they go in as they are.
            policy=Markup(policy),
            style=Markup(style),
            scripts=[Markup(text) for text in code],
            **values,
        )
    )


def fragment(template: str, **values: object) -> str:
    """A part of a file.

    Args:
        template: its name.
        values: for the template.
    """
    return environment().get_template(template).render(**values)


def _lines(text: str) -> Markup:
    """A text of several lines, for a place that keeps them."""
    return escape(escape_lines(text.strip()))


def _packed(value: object) -> str:
    """A value as JSON, compressed, in letters and digits.

    Details of one class are much alike: it takes a tenth of the room, and a browser
    need not read through all of it to show the first page.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
