"""Keeps what learners are told about rejected submissions: `python -m` this module.

Each has a file, so a change of words is seen in review. `--check` writes nothing and
says which files are out of date; `pytest` does so for some of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

import graders
from graders.proctor import (
    Exhibit,
    Kata,
    Launcher,
    Options,
    Provenance,
    all_katas,
    exhibits,
    find_kata,
    launcher,
    prove,
)
from graders.reports import plain, verdict_lines

GOLDEN = Path(graders.__file__).parent / "tests" / "golden"
WIDTHS = 80, 120


def golden_files(katas: Iterable[Kata]) -> dict[Path, Exhibit]:
    """The golden files that there shall be, one for each rejected submission."""
    return {
        GOLDEN / kata.slug / f"{one.name}.txt": one
        for kata in katas
        for one in exhibits(kata)
        if one.kind == "rejected"
    }


def golden_text(exhibit: Exhibit, hosts: Launcher) -> str:
    """What `kata run` says about a submission, on terminals of several widths."""
    verdict, _ = prove(exhibit, hosts, Options(controls=0))
    # The words are the suite's; what this machine has or lacks is not their matter.
    verdict = msgspec.structs.replace(verdict, provenance=Provenance())
    parts = [
        f"--- {width} columns\n\n{plain(verdict_lines(verdict, width))}\n"
        for width in WIDTHS
    ]
    return "\n".join(parts)


def main(
    slugs: Annotated[list[str] | None, typer.Argument(help="Katas; else all.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing.")] = False,
) -> None:
    """Write the golden files, and name those that changed."""
    katas = [find_kata(slug) for slug in slugs or ()] or all_katas()
    files = golden_files(katas)
    there = {path for kata in katas for path in (GOLDEN / kata.slug).glob("*.txt")}
    changed = sorted(there - set(files))
    if not check:
        for path in changed:
            path.unlink()
    with launcher() as hosts:
        for path, exhibit in files.items():
            text = golden_text(exhibit, hosts)
            if path in there and path.read_text(encoding="utf-8") == text:
                continue
            changed.append(path)
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    for path in changed:
        print(path.relative_to(GOLDEN))
    if check and changed:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
