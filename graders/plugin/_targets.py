"""Which katas a command line names, told before anything is collected."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graders.proctor import KATAS, MANIFEST, REFERENCE

# The file that is graded, unless `--submission` names another one.
APP = "app.py"


@dataclass
class Targets:
    """What is going to be graded.

    Attributes:
        katas: folders of katas whose submissions are graded.
        proofs: whether suites are proven against their references.
    """

    katas: list[Path] = field(default_factory=list)
    proofs: bool = False

    def __bool__(self) -> bool:
        return bool(self.katas) or self.proofs


def is_kata(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def kata_of_reference(folder: Path) -> Path | None:
    """The kata whose reference solutions a folder holds, if it is such a folder."""
    if folder.parent.name != REFERENCE.name:
        return None
    kata = folder.parents[1] / KATAS.name / folder.name
    return kata if is_kata(kata) else None


def find_targets(arguments: Iterable[str], directory: Path) -> Targets:
    """Look at what pytest is asked to collect.

    Args:
        arguments: paths and node ids, as they stand on the command line.
        directory: what they are relative to.
    """
    targets = Targets()
    found: dict[Path, None] = {}
    for argument in arguments:
        path = Path(os.path.abspath(directory / argument.partition("::")[0]))
        enclosing = next(filter(is_kata, (path, *path.parents)), None)
        if enclosing is not None:
            if path in (enclosing, enclosing / APP):
                found[enclosing] = None
        elif any(map(kata_of_reference, (path, *path.parents))):
            targets.proofs = True
        else:
            found.update(dict.fromkeys(_katas_below(path)))
            targets.proofs |= any(_holds_proofs(one) for one in (path.parent, path))
    targets.katas = list(found)
    return targets


def _katas_below(folder: Path) -> Iterator[Path]:
    """Katas in a folder of katas, or in a project that has such a folder."""
    for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
        yield manifest.parent
    for manifest in sorted(folder.glob(f"{KATAS.name}/*/{MANIFEST}")):
        yield manifest.parent


def _holds_proofs(folder: Path) -> bool:
    return (folder / REFERENCE.name).is_dir() and (folder / KATAS.name).is_dir()
