"""What the host's instruments have reported in one exam."""

from __future__ import annotations

from collections import Counter

from graders.proctor.exam.own_words import OwnWords
from graders.wire import Evidence, Site, Trace
from graders.wire.words import EvidenceKind, TraceKind

# Of each kind; a host that is honest reports half as many.
_MOST_EVIDENCE = 1_000


class HostReports:
    """Args:
    traces: where steps in the lives of sessions, connections and clients are kept.
    own_words: cuts down what a learner's tests may have read of a copy, if the
        submission is such.

    Attributes:
        evidence: what takes points away; a check may put some of it aside.
        told: everything that was reported, and how often: the kind and the line.
        excused: kinds of evidence that take nothing away from now on.
    """

    def __init__(self, traces: list[Trace], own_words: OwnWords | None) -> None:
        self._traces = traces
        self._own_words = own_words
        self._reported: Counter[EvidenceKind] = Counter()
        self.evidence: list[Evidence] = []
        self.excused: set[EvidenceKind] = set()
        self.told: Counter[tuple[EvidenceKind | TraceKind, Site | None]] = Counter()

    def seen(self, item: Evidence) -> None:
        """An instrument has seen a mistake."""
        self.told[item.kind, item.site] += 1
        self._reported[item.kind] += 1
        counts = item.kind not in self.excused
        if counts and self._reported[item.kind] <= _MOST_EVIDENCE:
            own = self._own_words
            self.evidence.append(item if own is None else own.of_evidence(item))

    def traced(self, item: Trace) -> None:
        """An instrument has followed a session, a connection or a client."""
        self.told[item.what, item.site] += 1
        self._traces.append(item)

    @property
    def blocker(self) -> Site | None:
        """The line that held the event loop up, if one did."""
        sites = [item.site for item in self.evidence if item.kind == "blocked"]
        return sites[0] if sites else None
