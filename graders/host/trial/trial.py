"""Tries every instrument on mistakes that are known, before anybody is graded.

A host tells what it saw of a submission, and a mistake that nobody sees costs nothing:
an instrument that a release of a library has silenced would give full marks. So each
zygote lets one host run a made-up program first, in the way in which others will run
submissions, and plays the proctor for it.
"""

from __future__ import annotations

import heapq
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from graders.host.private_parts import Unusable, refusal
from graders.host.trial import mistakes
from graders.wire import (
    Begin,
    Channel,
    Closed,
    Connect,
    Connected,
    Data,
    Delivered,
    Evidence,
    Finished,
    FromHost,
    Given,
    Go,
    Inspect,
    Inspected,
    Load,
    Loaded,
    LoadFailed,
    Malformed,
    Module,
    RanOut,
    Rest,
    Send,
    Site,
    Statements,
    ToHost,
    Trace,
    Waited,
)

# Real seconds after which a trial that stands still has failed; it takes 0.05.
_PATIENCE = 60
_LATENCY = 1_000_000_000
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
_FILE = "made-up.py"
_WAITS = {
    "a free connection": "a wait for a connection",
    "a free thread": "a wait for a thread",
}

# Makes a host at the end of a socket, in a folder: see `zygote`.
Fork = Callable[[socket.socket, str], int]


def trial(needs: Iterable[str], fork: Fork) -> None:
    """Let a host make mistakes, and see that it tells each of them.

    Args:
        needs: what it has imported besides the usual.
        fork: makes it; returns the number of its process.

    Raises:
        Unusable: an instrument stayed silent; the text names the library.
    """
    made = mistakes.mistakes(needs)
    ours, theirs = socket.socketpair()
    folder = tempfile.mkdtemp(prefix="kata-")
    # Hosts that are forked from here look for a place of their own.
    tempfile.tempdir = None
    try:
        with theirs:
            pid = fork(theirs, folder)
        try:
            silent = _Examination(Channel(ours, Rest), made, folder).silent()
        finally:
            ours.close()
            os.waitpid(pid, 0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if silent:
        raise Unusable(" ".join(silent))


class _Examination:
    """One made-up program in one host, from load to the look at what is left.

    Args:
        channel: leads to the host.
        made: the mistakes in the program.
        folder: where the host works.
    """

    def __init__(
        self, channel: Channel[Go, Rest], made: list[mistakes.Mistakes], folder: str
    ) -> None:
        self._channel = channel
        self._folder = folder
        self._now = 0
        self._order = count()
        # What the world does next: when, and the message.
        self._coming: list[tuple[int, int, ToHost]] = []
        self._told: set[tuple[str, int]] = set()
        self._over = False
        self._wanted: list[tuple[str, str, int]] = []
        self._left = [one.library for one in made]
        self._failed: dict[str, str] = {}
        self._source = mistakes.BEGINNING
        for one in made:
            above = self._source.count("\n")
            self._source += one.source
            self._wanted += [
                (one.library, what, above + line)
                for what, line in mistakes.told(one.source)
            ]

    def silent(self) -> list[str]:
        """A sentence for each library of which not all mistakes were told."""
        try:
            self._run()
        except (Closed, Malformed) as exc:
            raise Unusable(
                "The host in which the instruments were tried ended early "
                f"({exc}); its message stands above."
            ) from exc
        return self.complaints()

    def complaints(self) -> list[str]:
        """The sentences for what has not been told."""
        lost: dict[str, list[str]] = {}
        for library, what, line in self._wanted:
            if (what, line) not in self._told:
                names = lost.setdefault(library, [])
                if mistakes.LOST[what] not in names:
                    names.append(mistakes.LOST[what])
        return [
            f"{refusal(library, ', '.join(names))}{self._failed.get(library, '')}"
            for library, names in lost.items()
        ]

    def _run(self) -> None:
        self._receive()
        self._soon(self._load())
        while not self._over:
            due = self._coming[0][0] if self._coming else None
            times = [one for one in (self._until, due) if one is not None]
            if not times:
                self._stuck()
                continue
            self._now = max(self._now, min(times))
            messages = []
            while self._coming and self._coming[0][0] <= self._now:
                messages.append(heapq.heappop(self._coming)[2])
            self._channel.send(Go(self._now, messages))
            self._receive()
        self._channel.send(Go(self._now, stop=True))

    def _stuck(self) -> None:
        """Everything waits for ever: what comes after this endpoint is not tried."""
        if not self._left:
            raise Closed("everything waited for ever")
        library, *others = self._left
        self._failed[library] = " (The trial of it came to no end.)"
        self._wanted = [one for one in self._wanted if one[0] not in others]
        self._left = []
        self._soon(Inspect())

    def _receive(self) -> None:
        while True:
            rest = self._channel.receive(_PATIENCE)
            if rest is None:
                raise Closed(f"it stood still for {_PATIENCE} s")
            for message in rest.messages:
                self._heard(message)
            if not rest.live:
                self._until = rest.until
                return

    def _soon(self, message: ToHost, later: int = 0) -> None:
        heapq.heappush(self._coming, (self._now + later, next(self._order), message))

    def _load(self) -> Load:
        answers = {line: line for _, what, line in self._wanted if what == "an answer"}
        return Load(
            Given(),
            [Module("app", _FILE, _FILE, self._source)],
            {"DATABASE_URL": mistakes.URL_OF_A_DATABASE},
            self._folder,
            statements=Statements(returns=answers),
        )

    def _go_on(self) -> None:
        if not self._left:
            self._soon(Inspect())
            return
        run = len(self._left)
        self._soon(Begin(run, _scope(self._left[0])))
        self._soon(Delivered(run, {"type": "http.request"}))

    def _heard(self, message: FromHost) -> None:
        match message:
            case Send(run, _, site, parts):
                self._tell("an answer", site)
                for part in parts:
                    self._tell("a part", part.site)
                self._soon(Delivered(run))
            case Finished(_, failure):
                if not self._left:
                    return
                library = self._left.pop(0)
                if failure is not None:
                    text = f" (It raised {failure.error}: {failure.text})"
                    self._failed[library] = text
                self._go_on()
            case LoadFailed(_, text):
                raise Closed(text)
            case Connect(link, site=site):
                self._tell("a connection", site)
                self._soon(Connected(link))
            case Data(link, lines=lines):
                self._tell("a request", lines[0] if lines else None)
                self._soon(Data(link, _ANSWER), _LATENCY)
            case Evidence(kind, site=site) | Trace(kind, site=site):
                self._tell(kind, site)
            case RanOut(site=site):
                self._tell("a timer", site)
            case Waited(what, site=site):
                self._tell(_WAITS.get(what, "a wait"), site)
            case Inspected():
                self._over = True
            case Loaded():
                self._go_on()

    def _tell(self, what: str, site: Site | None) -> None:
        if site is not None:
            self._told.add((what, site.line))


def _scope(library: str) -> dict[str, Any]:
    path = f"/{library}"
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
