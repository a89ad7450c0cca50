"""What happens in `kata watch`: a key, a save, a verdict, each changes the scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from graders.practice._grader import Graded, Grader, Said, Step, Stuck
from graders.practice._keyboard import DOWN, QUIT, UP
from graders.practice._listing import next_kata
from graders.practice._progress import Notebook
from graders.practice._screen import ALL, FIRST, HINT, LIST, RESET, Frame, Scene, frame
from graders.practice._stubs import StubError, reset
from graders.proctor import (
    GRADER_ERROR,
    Kata,
    Submission,
    SubmissionError,
    read_submission,
)


class Session:
    """One learner at one terminal.

    Args:
        katas: in their order.
        kata: the one to begin with.
        notebook: where the progress is kept.
        grader: gets what there is to grade.

    Attributes:
        scene: what there is to show.
        ended: whether the learner has had enough.
    """

    def __init__(
        self, katas: Sequence[Kata], kata: Kata, notebook: Notebook, grader: Grader
    ) -> None:
        self._notebook = notebook
        self._grader = grader
        self._submission: Submission | None = None
        self._page = 1
        self._does: dict[str, Callable[[], None]] = {
            "h": self._hint,
            "n": self._next,
            "l": lambda: self._view(LIST),
            "a": lambda: self._view(ALL),
            "r": lambda: self._view(RESET),
            UP: lambda: self._change(offset=self.scene.offset - self._page),
            DOWN: lambda: self._change(offset=self.scene.offset + self._page),
            QUIT: self._quit,
        }
        self.scene = Scene(katas, kata, notebook.read())
        self.ended = False
        self.look()

    def look(self) -> None:
        """Grade the file, unless it is what was graded last."""
        kata = self.scene.kata
        try:
            submission = read_submission(kata.folder, kata.manifest.file)
        except SubmissionError as exc:
            self._submission = None
            self._grader.forget()
            self._change(outcome=Stuck(sentence=str(exc)), step=None)
            return
        if submission == self._submission:
            return
        self._submission = submission
        self._grader.order(kata, submission)
        if self.scene.view in (HINT, LIST):
            self._change(view=FIRST, offset=0)
        self._change(step=Step(0, 0), note="")

    def hear(self, said: Said) -> None:
        """Show what the grader says."""
        if isinstance(said, Step):
            self._change(step=said)
            return
        if isinstance(said, Graded) and said.verdict.status != GRADER_ERROR:
            self._notebook.graded(said.verdict)
        self._change(outcome=said, step=None, offset=0)
        self._read_progress()

    def press(self, key: str) -> None:
        """Do what a key stands for."""
        self._change(note="")
        if self.scene.view == RESET and key != QUIT:
            self._change(view=FIRST)
            if key == "y":
                self._reset()
        elif key in self._does:
            self._does[key]()
        else:
            self._change(view=FIRST, offset=0)

    def draw(self, width: int, height: int) -> Frame:
        """What stands on a terminal of so many columns and lines."""
        drawn = frame(self.scene, width, height)
        self._page = drawn.page
        self._change(offset=drawn.offset)
        return drawn

    def _change(self, **changes: Any) -> None:
        self.scene = replace(self.scene, **changes)

    def _read_progress(self) -> None:
        self._change(progress=self._notebook.read())
        if self._notebook.notes:
            self._change(note=self._notebook.notes[-1])

    def _view(self, view: str) -> None:
        """Show a view; the same key again goes back."""
        same = self.scene.view == view
        self._change(view=FIRST if same else view, offset=0)

    def _hint(self) -> None:
        """Show the hints that were asked for; asked again, one more."""
        scene = self.scene
        there = len(scene.kata.manifest.hints)
        shown = scene.record.hints
        if scene.view == HINT and shown >= there:
            self._view(HINT)
            return
        if scene.view == HINT or not shown:
            self._notebook.hinted(scene.kata.slug, min(shown + 1, there))
            self._read_progress()
        self._change(view=HINT, offset=0)

    def _next(self) -> None:
        scene = self.scene
        kata = next_kata(scene.katas, scene.progress, scene.kata.slug)
        self._submission = None
        self.scene = Scene(scene.katas, kata, scene.progress)
        self.look()

    def _reset(self) -> None:
        try:
            note = reset(self.scene.kata)
        except StubError as exc:
            note = str(exc)
        self.look()
        self._change(note=note)

    def _quit(self) -> None:
        self.ended = True
