"""A kata's brief, for a folder that stands alone."""

from __future__ import annotations

import re
from itertools import groupby

_CODE = "    "
_COMMENT = re.compile(r"\s+# ")
# The section that says how to run things.
_TRY = re.compile(r"^## (?:Try|Run) it$", re.MULTILINE)

_SET_UP = """\
## {heading}

Python 3.11 or newer is all that is needed. Once, in this folder:

    python3 -m venv .venv
    . .venv/bin/activate             # on Windows: .venv\\Scripts\\activate
    pip install -r requirements.txt

Then:
"""


def brief_alone(readme: str, slug: str) -> str:
    """The brief without what only the repository has.

    Commands are those that work in the kata's own folder; those that grade are left
    out; how to set up is told first.

    Args:
        readme: the brief as it stands in the repository.
        slug: the kata's.
    """
    lines: list[str] = []
    for is_code, group in groupby(readme.splitlines(), _is_code):
        block = list(group)
        lines += _commands(block, slug) if is_code else block
    text = "\n".join(lines) + "\n"
    if not _TRY.search(text):
        text += "\n## Try it\n\n    pytest\n"
    return _TRY.sub(lambda found: _set_up(found[0]), text, count=1)


def _is_code(line: str) -> bool:
    return line.startswith(_CODE) and bool(line.strip())


def _set_up(heading: str) -> str:
    return _SET_UP.format(heading=heading.removeprefix("## ")).rstrip("\n")


def _commands(block: list[str], slug: str) -> list[str]:
    rows = []
    for line in block:
        command, _, comment = _split(line.removeprefix(_CODE))
        if command.startswith((f"pytest katas/{slug}", "kata ")):
            continue
        alone = command.replace(f"cd katas/{slug} && ", "").replace(
            f"katas/{slug}/", ""
        )
        rows.append((alone, comment))
    margin = max((len(command) for command, comment in rows if comment), default=0)
    return [
        _CODE + (f"{command.ljust(margin)}  # {comment}" if comment else command)
        for command, comment in rows
    ]


def _split(line: str) -> tuple[str, str, str]:
    found = _COMMENT.search(line)
    if found is None:
        return line, "", ""
    return line[: found.start()], found[0], line[found.end() :]
