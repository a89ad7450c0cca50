"""Keeps what learners are told about rejected submissions: `python -m` this module.

Give the names of katas, or `--all`; those that have golden files already are written
when none is named. A change of words is then seen in review, and a test says when the
files are out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

import graders
from graders.proctor import (
    Exhibit,
    Kata,
    Launcher,
    all_katas,
    exhibits,
    find_kata,
    launcher,
    prove,
)
from graders.reports import plain, verdict_lines

GOLDEN = Path(graders.__file__).parent / "tests" / "golden"
WIDTHS = 80, 120


def kept_katas() -> list[Kata]:
    """The katas that have golden files."""
    return [kata for kata in all_katas() if (GOLDEN / kata.slug).is_dir()]


def golden_files(kata: Kata) -> dict[Path, Exhibit]:
    """The golden files that a kata shall have, one for each rejected submission."""
    folder = GOLDEN / kata.slug
    rejected = [one for one in exhibits(kata) if one.kind == "rejected"]
    return {folder / f"{one.name}.txt": one for one in rejected}


def golden_text(exhibit: Exhibit, hosts: Launcher) -> str:
    """What `kata run` says about a submission, on terminals of several widths."""
    verdict, _ = prove(exhibit, hosts)
    parts = [
        f"--- {width} columns\n\n{plain(verdict_lines(verdict, width))}\n"
        for width in WIDTHS
    ]
    return "\n".join(parts)


def main(arguments: list[str]) -> None:
    """Write the golden files, and name those that changed."""
    if arguments == ["--all"]:
        katas = all_katas()
    else:
        katas = [find_kata(slug) for slug in arguments] or kept_katas()
    with launcher() as hosts:
        for kata in katas:
            files = golden_files(kata)
            for old in set((GOLDEN / kata.slug).glob("*.txt")) - set(files):
                old.unlink()
                print(f"{kata.slug}/{old.name}: removed")
            for path, exhibit in files.items():
                text = golden_text(exhibit, hosts)
                if not path.is_file() or path.read_text(encoding="utf-8") != text:
                    path.parent.mkdir(exist_ok=True)
                    path.write_text(text, encoding="utf-8")
                    print(f"{kata.slug}/{path.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
