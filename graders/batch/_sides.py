"""What platforms and people put beside submissions, which is nobody's own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from graders.batch._archives import archive_stem

_ALWAYS = re.compile(
    r"\..*|__.*__|__MACOSX|Thumbs\.db|desktop\.ini|index\.html|README.*|LICENSE.*"
    r"|.*\.csv|requirements\.txt|given\.py|test_example\.py|conftest\.py"
    # What Gradescope and others say about a whole class.
    r"|(submission_metadata|metadata|manifest|grades|gradebook|roster|participants)"
    r"\.(ya?ml|json|xml|txt|tsv|xlsx?|ods|html?)",
    re.IGNORECASE | re.DOTALL,
)
# How platforms name the files of one hand-in; of Moodle's folders as well.
_HANDED_IN = [
    re.compile(pattern, re.DOTALL)
    for pattern in (
        # Blackboard: the text beside them has the learner's name and comments.
        r"(?P<key>.+_attempt_\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)",
        # Moodle: what was typed on its page is beside what was uploaded.
        r"(?P<key>.+_\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)",
        # Canvas, which numbers what is handed in again.
        r"(?P<key>[^_]+)(?:_LATE)?_(?P<number>\d+)_(?:\d+_)?(?P<file>.+)",
    )
]
_AGAIN = re.compile(r"-\d+(?=\.\w+$)")
_SOURCE = (".py", ".ipynb")


def sides(
    names: Iterable[str], folders: Collection[str], files: Collection[str]
) -> set[str]:
    """Those names in a class's folder that stand for no learner.

    A file that goes with a submission is passed over; where it is all that somebody
    handed in, it is not.

    Args:
        folders: those of the names that are folders.
        files: what the katas call a submission.
    """
    found: set[str] = set()
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for name in names:
        if _ALWAYS.fullmatch(name):
            found.add(name)
        else:
            key, inner = _hand_in(name, is_folder=name in folders)
            groups[key][name] = inner
    for group in groups.values():
        found.update(_beside(group, folders, files))
    return found


def _hand_in(name: str, *, is_folder: bool) -> tuple[str, str]:
    """Whose hand-in a name belongs to, and what the learner called the file."""
    for pattern in _HANDED_IN:
        match = pattern.fullmatch(name)
        if match is not None:
            owner = match.groupdict()
            key = f"{owner['key']}_{owner.get('number', '')}"
            return key, _AGAIN.sub("", match["file"] or "")
    return name if is_folder else archive_stem(name) or Path(name).stem, ""


def _beside(
    group: dict[str, str], folders: Collection[str], files: Collection[str]
) -> set[str]:
    wanted = {name for name, inner in group.items() if inner in files}
    if not wanted:
        wanted = {name for name in group if name in folders and not _is_typed(name)}
        wanted |= {
            name
            for name in group
            if name not in folders
            and (archive_stem(name) or Path(name).suffix.lower() in _SOURCE)
        }
    return set(group) - wanted if wanted else set()


def _is_typed(name: str) -> bool:
    return "_assignsubmission_onlinetext" in name
