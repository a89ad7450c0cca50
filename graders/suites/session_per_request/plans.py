"""Mornings in the library: who comes when and does what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from graders.proctor import Ask, seconds
from graders.suites.session_per_request.world import AUTHORS, READERS, TITLES, lending

_ERRORS = range(400, 600)
# What somebody does, and the statuses that this may be answered with.
DOES = {
    "add": (201,),
    "list": (200,),
    "read": (200,),
    "lend": (201,),
    "read what is unknown": (404,),
    "lend what is unknown": (404,),
    "lend what is lent": (409,),
    "add what cannot be saved": _ERRORS,
    "lend to whom nothing can be lent": _ERRORS,
    "lend what cannot be marked": _ERRORS,
}
# Writes that fail, told by their data, so that all others work meanwhile.
CANNOT = " (unsavable)"


@dataclass(frozen=True)
class Visit:
    """What somebody does when; visits with the same title are about one book."""

    at: float
    does: str
    title: str
    author: str
    reader: str

    def ask(self, number: int) -> Ask:
        """The request for the book of this id."""
        match self.does.split(" ", 1)[0]:
            case "add":
                cannot = CANNOT if "saved" in self.does else ""
                new = {"title": self.title + cannot, "author": self.author}
                return Ask("POST", "/books", self.at, new)
            case "list":
                return Ask("GET", "/books", self.at)
            case "read":
                return Ask("GET", f"/books/{number}", self.at)
        cannot = CANNOT if "to whom" in self.does else ""
        return Ask("POST", lending(number), self.at, {"reader": self.reader + cannot})


@dataclass(frozen=True)
class Morning:
    """Visits, and how long a statement takes (s)."""

    visits: tuple[Visit, ...]
    statement: float

    def __post_init__(self) -> None:
        if not self.visits:
            raise ValueError("nobody comes")
        lent = [one.title for one in self.visits if one.does.startswith("lend")]
        if len(lent) > len(set(lent)):
            raise ValueError("who gets a book that two want is not looked at")


def drawn_morning(draw: Random) -> Morning:
    # Often most want the same, and often at the same moment.
    wish = draw.choice((None, "add", "lend", "lend"))
    rush = draw.random() < 0.5
    statement = seconds(draw, 0.25, 0.0625)
    visits = [
        Visit(
            0.125 if rush and draw.random() < 0.7 else seconds(draw, 0.5),
            wish if wish and draw.random() < 0.7 else draw.choice([*DOES]),
            f"{draw.choice(TITLES)}, Ada's copy {number}",
            f"{draw.choice(AUTHORS)} the {number}th",
            draw.choice(READERS),
        )
        for number in draw.sample(range(4, 20), draw.randint(2, 3))
    ]
    for visit in draw.sample(visits, draw.randint(1, 2)):
        # Somebody else comes for the same book, at once or some statements later.
        later = draw.choice((0, draw.randint(1, 6)))
        also = visit.does.replace("lend what is unknown", "read what is unknown")
        if also.startswith("lend"):
            also = "read"
        visits.append(replace(visit, at=visit.at + later * statement, does=also))
    return Morning(tuple(visits), statement)
