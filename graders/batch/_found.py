"""One submission that was handed in, or why there is none to be graded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graders.batch._layouts import entries
from graders.batch._names import shown_name
from graders.proctor import Kata, Submission, SubmissionError, read_submission


@dataclass(frozen=True)
class Found:
    """One submission.

    Attributes:
        learner: a name as it is shown.
        kata: None where nothing says which.
        path: its file, or the folder that was handed in with its file.
        shown: what to call that in sentences.
        layout: the pattern that led to it.
        trouble: why it cannot be graded.
    """

    learner: str
    kata: Kata | None
    path: Path
    shown: str
    layout: str = ""
    trouble: str = ""

    def read(self) -> Submission:
        """The submission.

        Raises:
            SubmissionError: it cannot be read.
        """
        if self.trouble or self.kata is None:
            raise SubmissionError(self.trouble)
        kata = self.kata
        return read_submission(
            self.path, kata.manifest.file, kata.folder, shown=self.shown
        )


@dataclass
class Intake:
    """Everything that was handed in.

    Attributes:
        others: names of what was not taken for a submission, as they are shown.
    """

    found: list[Found] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def layouts(self) -> Counter[str]:
        """How many submissions each pattern has led to."""
        return Counter(one.layout for one in self.found if one.layout)


def at_place(
    path: Path, learner: str, kata: Kata, layout: str, *, folder: Path | None = None
) -> Found:
    """A submission where it was expected. Links and pipes are told by who reads it.

    Args:
        folder: what the learner handed in, where it was more than the file.
    """
    whole = folder is not None and path.name == kata.manifest.file
    name = shown_name(path.name)
    shown = f"{shown_name(learner)}/{name}" if folder is not None and learner else name
    return Found(
        shown_name(learner), kata, path.parent if whole else path, shown, layout
    )


def not_found(path: Path, learner: str, kata: Kata | None, trouble: str) -> Found:
    """Something that cannot be graded.

    Args:
        trouble: a sentence on why.
    """
    shown = shown_name(path.name)
    return Found(shown_name(learner), kata, path, shown, trouble=trouble)


def missing(folder: Path, learner: str, kata: Kata | None) -> Found:
    """A folder without a submission."""
    there = [shown_name(name) for name in entries(folder) if not _of_a_mac(name)]
    more = f" and {len(there) - 4} more" if len(there) > 4 else ""
    what = f"there is {', '.join(there[:4])}{more}" if there else "it is empty"
    wanted = f"No {kata.manifest.file}" if kata is not None else "No kata"
    sentence = f"{wanted} was found in what was handed in ({what})."
    return not_found(folder, learner, kata, sentence)


def _of_a_mac(name: str) -> bool:
    # Nobody has put these there, and nobody sees them.
    return name in ("__MACOSX", ".DS_Store") or name.startswith("._")


def several(folder: Path, learner: str, kata: Kata, paths: Sequence[Path]) -> Found:
    """A folder with more than one submission to the same kata."""
    there = [shown_name(str(path.relative_to(folder))) for path in paths[:3]]
    sentence = (
        f"There is more than one {kata.manifest.file}: {' and '.join(there)}. "
        "Hand in one."
    )
    return not_found(folder, learner, kata, sentence)
