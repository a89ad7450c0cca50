"""Whatever the lists, and whenever: each row tells the fate of its own link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from graders.proctor import Ask, Exam, Observation, every_schedule, seconds
from graders.suites.fetch_many.world import BREAKS, TIMEOUT, Link, Web, respelled

_GOOD = (201, 202, 204, 206, 226, 299)
_BAD = (300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 408, 410, 418, 429, 451)
_STATUSES = (*_GOOD, *_BAD, 500, 502, 503, 504)
# Kinds of links that are none.
_INVALID = 7
_FATES = ("odd", "front_page", "silent", "unreachable", "unknown", "refusing", *BREAKS)


@dataclass(frozen=True)
class Paste:
    """A link of a list.

    Attributes:
        key: those with the same key are the same link.
        kind: a status, one of BREAKS, or the name of another fate.
        takes: until its host does something (s).
        way: how its address is written.
    """

    key: int
    kind: str
    takes: float
    way: int = 0

    def __post_init__(self) -> None:
        if self.takes == TIMEOUT:
            raise ValueError("whether that is in time nobody can say")


@dataclass(frozen=True)
class Pile:
    """A list of links, and when it is sent (s)."""

    at: float
    pastes: tuple[Paste, ...]


@dataclass(frozen=True)
class Desk:
    """Lists that are checked beside each other.

    Attributes:
        first: the number of the first host; no two desks share one.
    """

    first: int
    piles: tuple[Pile, ...]


def drawn_desk(draw: Random) -> Desk:
    # Some links are answered at the very same moment.
    together = seconds(draw, 3)

    def paste(key: int) -> Paste:
        invalid = f"invalid {draw.randrange(_INVALID)}"
        kinds = ("200", str(draw.choice(_STATUSES)), draw.choice(_FATES), invalid)
        late = TIMEOUT + 1 / 64 if draw.random() < 0.1 else 0.0
        takes = draw.choice((together, seconds(draw, 3), seconds(draw, 9)))
        return Paste(key, draw.choice(kinds), takes + late)

    # A few of them stand in several lists, or twice in one, and in several spellings.
    links = [paste(key) for key in range(draw.randint(2, 8))]

    def pile() -> tuple[Paste, ...]:
        drawn = draw.choices(links, k=draw.randint(1, 5))
        ways = (0, 0, 0, 1, 2, 3)
        return tuple(replace(link, way=draw.choice(ways)) for link in drawn)

    return Desk(
        draw.randrange(1_000, 10**9),
        tuple(Pile(seconds(draw, 4), pile()) for _ in range(draw.randint(1, 3))),
    )


@every_schedule(
    "errors",
    points=2,
    hint="What does a row depend on, besides its own link? What do two lists share?",
    plans=drawn_desk,
    stops=True,
)
async def test_every_row_tells_the_fate_of_its_own_link(
    exam: Exam, plan: Desk
) -> Observation:
    """Whatever the lists, and whenever, each row tells the fate of its own link"""
    web = Web(exam, plan.first)
    urls: dict[int, str] = {}
    for paste in (paste for pile in plan.piles for paste in pile.pastes):
        if paste.key not in urls:
            urls[paste.key] = _link(web, paste).url
    lists = [
        [respelled(urls[paste.key], paste.way) for paste in pile.pastes]
        for pile in plan.piles
    ]
    seen = await exam.carry_out(
        [
            Ask("POST", "/checks", pile.at, json={"urls": pasted})
            for pile, pasted in zip(plan.piles, lists, strict=True)
        ]
    )
    return _once(seen, lists)


def _link(web: Web, paste: Paste) -> Link:
    """The link that a plan has drawn."""
    if paste.kind.isdigit():
        return web.page(int(paste.kind), takes=paste.takes)
    if paste.kind in BREAKS:
        return web.breaking(paste.kind, paste.takes)
    if paste.kind.startswith("invalid"):
        return web.invalid()[int(paste.kind.split()[1])]
    if paste.kind == "odd":
        return web.odd(paste.takes)
    link: Link = getattr(web, paste.kind)()
    return link


def _once(seen: Observation, lists: Sequence[Sequence[str]]) -> Observation:
    """An observation in which each link of a list is asked for once.

    What was pasted twice, be it in two spellings, may be asked for twice. Threads do
    not tell for whom they ask, but a host has one link.
    """
    kept: list[int] = []
    places: dict[str, list[int]] = {}
    for number, made in enumerate(seen.calls):
        places.setdefault(dict(made.arguments)["host"], []).append(number)
    for host, numbers in places.items():
        pasted = [sum(_host(url) == host for url in urls) for urls in lists]
        least = sum(map(bool, pasted))
        allowed = least <= len(numbers) <= sum(pasted)
        kept += numbers[:least] if allowed else numbers
    return replace(
        seen,
        calls=tuple(replace(seen.calls[number], ask=None) for number in kept),
        records=tuple(seen.records[number] for number in kept),
    )


def _host(url: str) -> str:
    """The host of a link of ours, as a client writes it."""
    return url.partition("://")[2].partition("/")[0].partition(":")[0].lower()
