"""Shows that no verdict depends on the machine's speed: `python -m` this module.

Grades every reference submission, and both corpora of the instruments, on a machine
that seems four times slower, as it is, and four times faster; with `--load` once more
with every core busy. Of what must be rejected the check that must catch it is carried
out, with `--thorough` all of them. It says which verdicts differ, which are not what
they must be, and ends with 1 if there is any.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer

import graders
from graders.authoring._judging import Judged, Plan, judge
from graders.authoring._load import burning
from graders.proctor import PASSED, all_katas, complaint, exhibits, find_kata
from graders.settings import cores
from graders.wire import real

SPEEDS = "0.25", "1", "4"
CORPORA = Path(graders.__file__).parent / "tests" / "instruments" / "test_corpora.py"
# Of a case of the corpora, in place of a verdict.
AS_MEANT = "as it must be"


class Outcome(msgspec.Struct, frozen=True):
    """What became of one submission, or of one case of the corpora.

    Attributes:
        words: the verdict in short.
        whole: all of it, where there is more that may not differ.
        wrong: what is wrong with it; empty when nothing is.
    """

    words: str
    whole: str = ""
    wrong: str = ""


Outcomes = dict[str, Outcome]


@dataclass(frozen=True)
class Run:
    """One grading of everything.

    Attributes:
        speed: how many times as fast the machine seems.
        loaded: whether every core is busy meanwhile.
        thorough: whether every check is carried out.
    """

    speed: str
    loaded: bool
    thorough: bool

    @property
    def name(self) -> str:
        return f"at {self.speed}{' under load' if self.loaded else ''}"

    def outcomes(self, slugs: Sequence[str], jobs: int) -> Outcomes:
        """Grade, in processes to which the machine seems that fast."""
        burners = burning(2 * cores()) if self.loaded else nullcontext()
        with tempfile.TemporaryDirectory(prefix="kata-") as folder, burners:
            graded = Path(folder) / "graded.json"
            subprocess.run(
                [
                    *(sys.executable, "-m", "graders.devtools.speeds", *slugs),
                    *("--jobs", str(jobs), "--graded", str(graded)),
                    *(["--thorough"] if self.thorough else []),
                ],
                env={**os.environ, real.SPEED: self.speed},
                check=True,
            )
            found = msgspec.json.decode(graded.read_bytes(), type=Outcomes)
            return found if slugs else {**found, **self._corpora(Path(folder), jobs)}

    def _corpora(self, folder: Path, jobs: int) -> Outcomes:
        report = folder / "tested.xml"
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-n", str(jobs)),
                *("-p", "no:cacheprovider", f"--junitxml={report}", str(CORPORA)),
            ],
            env={**os.environ, real.SPEED: self.speed},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        return outcomes_of_tests(report.read_text(encoding="utf-8"))


def graded_outcomes(slugs: Sequence[str], plan: Plan) -> Outcomes:
    """Grade every reference submission, in this process as fast as it seems."""
    katas = [find_kata(slug) for slug in slugs] or all_katas()
    everything = [one for kata in katas for one in exhibits(kata)]
    return {
        f"{judged.exhibit.kata.slug}: {judged.exhibit.name}": outcome_of(judged)
        for judged in judge(everything, plan)
    }


def outcome_of(judged: Judged) -> Outcome:
    """What became of a submission that was graded once, if it could be."""
    if not judged.verdicts:
        return Outcome("not graded", wrong=judged.trouble)
    verdict = judged.verdict
    lost = [one.name for one in verdict.results if one.outcome != PASSED]
    # The words of what is left to chance have nothing to do with speed.
    whole = b"" if judged.exhibit.by_chance else msgspec.json.encode(verdict.timeless)
    return Outcome(
        f"{verdict.status} {verdict.score}/{verdict.points} {' '.join(lost)}",
        whole.decode(),
        complaint(judged.exhibit, verdict),
    )


def outcomes_of_tests(report: str) -> Outcomes:
    """What JUnit XML says of the corpora."""
    found: Outcomes = {}
    for case in ET.fromstring(report).iter("testcase"):
        trouble = [*case.iter("failure"), *case.iter("error")]
        wrong = " ".join(one.get("message", "") for one in trouble)
        words = AS_MEANT if not trouble else "not as it must be"
        found[f"corpus: {case.get('name')}"] = Outcome(words, wrong=wrong)
    return found


def differences(runs: dict[str, Outcomes]) -> Iterator[str]:
    """A paragraph on each submission whose outcomes differ, or are wrong.

    Args:
        runs: the name of each, and what it found.
    """
    names = dict.fromkeys(name for found in runs.values() for name in found)
    missing = Outcome("not graded", wrong="it was not graded")
    for name in names:
        several = {run: found.get(name, missing) for run, found in runs.items()}
        lines = [f"  {run}: {one.words}" for run, one in several.items()]
        if len({one.words for one in several.values()}) > 1:
            yield "\n".join([f"{name}: the verdicts differ", *lines])
        elif len({one.whole for one in several.values()}) > 1:
            yield f"{name}: the same verdict in different words"
        for run, one in several.items():
            if one.wrong:
                yield f"{name}: wrong {run}: {one.wrong}"


def main(
    slugs: Annotated[
        list[str] | None, typer.Argument(help="Katas; else all, and the corpora.")
    ] = None,
    load: Annotated[
        bool, typer.Option("--load", help="Once more with every core busy.")
    ] = False,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Carry out every check.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1)] = cores(),
    graded: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Grade everything at several speeds, and say which verdicts differ."""
    if graded is not None:
        plan = Plan(jobs, thorough=thorough)
        graded.write_bytes(msgspec.json.encode(graded_outcomes(slugs or [], plan)))
        return
    runs: dict[str, Outcomes] = {}
    for loaded in (False, True) if load else (False,):
        for speed in SPEEDS:
            run = Run(speed, loaded, thorough)
            runs[run.name] = run.outcomes(slugs or [], jobs)
            print(f"{run.name}: {len(runs[run.name])} graded", flush=True)
    found = list(differences(runs))
    print("\n".join(found) if found else "All verdicts are the same.")
    if found:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
