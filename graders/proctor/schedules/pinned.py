"""Plans that are carried out in every grading: each has told a wrong program once."""

from __future__ import annotations

import typing
from pathlib import Path
from typing import Any

import msgspec

from graders.proctor.checks.check import Check
from graders.proctor.katas.kata import Kata, KataError
from graders.proctor.katas.toml import read_toml, shortened
from graders.wire import UNDECODABLE

PLANS = "plans.toml"


class Pinned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of `plans.toml`.

    Attributes:
        check: the property that it belongs to.
        tells: what it has told from the solution, in a few words.
        plan: as JSON; a type of the suite says what it holds.
    """

    check: str
    tells: str
    plan: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plans: list[Pinned] = []


def plans_file(kata: Kata) -> Path:
    """Where the pinned plans of a kata are; it need not be there."""
    return kata.reference / PLANS


def pinned(kata: Kata) -> list[Pinned]:
    """The pinned plans of a kata.

    Raises:
        KataError: the file cannot be read.
    """
    try:
        return read_toml(plans_file(kata), _File).plans
    except FileNotFoundError:
        return []
    except ValueError as exc:
        raise KataError(f"{kata.slug}/{PLANS}: {exc}. Correct the entry.") from exc


def pinned_for(kata: Kata, check: Check) -> list[Any]:
    """The plans that are pinned for a property, as its suite draws them.

    Raises:
        KataError: one is no plan of that property any more.
    """
    found = [one for one in pinned(kata) if one.check == check.name]
    return [_restored(kata, check, one) for one in found]


def _restored(kata: Kata, check: Check, one: Pinned) -> Any:
    kind = typing.get_type_hints(check.body)["plan"]
    try:
        return msgspec.json.decode(one.plan, type=kind)
    except UNDECODABLE as exc:
        raise KataError(
            f"{kata.slug}/{PLANS}: '{shortened(one.tells)}' is no plan of "
            f"{check.name}: {shortened(str(exc))}. Correct or remove it."
        ) from exc
