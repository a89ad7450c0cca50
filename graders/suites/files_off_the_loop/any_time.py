"""Clients of any kind, at any time."""

from __future__ import annotations

from random import Random
from typing import Any

from graders.proctor import Ask, Exam, Observation, Reply, every_schedule
from graders.suites.files_off_the_loop.plans import Day, days
from graders.suites.files_off_the_loop.world import GOODS, Receipts

# What else may stand in a line: none of it ends one.
_INNER = ("\r", "\x0b", "\x0c", "\x85", "\u2028", " ", "\t", "")


@every_schedule(
    "resources",
    points=2,
    hint="What do two requests share in your module or in the archive, while one of "
    "them waits for its client?",
    plans=days,
    stops=True,
)
async def test_every_receipt_is_its_own_at_any_time(
    exam: Exam, plan: Day
) -> Observation:
    """Whoever sends, reads or goes away when, every receipt is whole and its own"""
    archive = Receipts(exam)
    before = archive.look()
    bodies = [
        _some_text(exam.random, sum(piece.size for piece in one.pieces))
        for one in plan.uploads
    ]

    def named(body: bytes) -> str:
        if body not in bodies:
            return "none that was sent, or not the whole of it"
        return f"as request {bodies.index(body) + 1} has sent it"

    def view(ask: Ask, reply: Reply) -> Any:
        if reply.status >= 400:
            return None
        whole = ask.method == "GET" and "/lines" not in ask.target
        return {"receipt": named(reply.body)} if whole else exam.json_of(reply)

    def state() -> dict[str, Any]:
        after = archive.look()
        changed = [body for name, body in after.items() if before.get(name) != body]
        return {
            "number of new files": len(changed),
            "receipts": sorted(named(body) for body in changed),
        }

    asks = [one.ask(body) for one, body in zip(plan.uploads, bodies, strict=True)]
    asks += [one.ask() for one in plan.readings]
    return await exam.carry_out(asks, view=view, state=state)


def _some_text(draw: Random, size: int) -> bytes:
    """So many bytes of a receipt: lines that are UTF-8, and end."""
    text = "\n".join(
        f"{draw.choice(_INNER)}{draw.choice(GOODS)}{draw.choice(_INNER)}"
        f"{draw.randrange(1_000_000)}{draw.choice(_INNER)}"
        for _ in range(size // 12 + 1)
    )
    whole = text.encode()[: max(0, size - 1)].decode(errors="ignore").encode()
    return (whole.ljust(size - 1, b".") + b"\n")[:size] if size else b""
