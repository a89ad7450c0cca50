"""What only the outside can see at the end of an exam: what is still open."""

from __future__ import annotations

from collections.abc import Iterator

from graders.proctor.submission.code import Code
from graders.proctor.world.database import Database
from graders.proctor.world.network import Network
from graders.wire import Evidence, Site
from graders.wire.words import EvidenceKind

_Leak = tuple[EvidenceKind, str, Site | None]


def leaks(database: Database, network: Network, code: Code, now: int) -> list[Evidence]:
    """Evidence of what the submission has left open.

    Args:
        code: the submission's text.
        now: the time in nanoseconds.
    """
    found = [*_of_database(database, code), *_of_network(network)]
    return [Evidence(kind, detail, now, site) for kind, detail, site in found]


def _of_database(database: Database, code: Code) -> Iterator[_Leak]:
    for item in database.sessions_open:
        yield "session left open", "", item.site
    for item in database.checkouts_open:
        yield "connection left out", "", item.site
    for item in database.connections_kept[:1]:
        # The engine keeps them, whoever was the first to need one.
        engines = code.calls("create_async_engine", "create_engine")
        yield "connection left open", "", next(iter(engines), item.site)


def _of_network(network: Network) -> Iterator[_Leak]:
    for connection in network.connections:
        if connection.closed is None:
            yield "upstream connection left open", connection.host, connection.site
