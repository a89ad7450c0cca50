"""How to grade, as a command line says it."""

from __future__ import annotations

import os
import secrets

CLOCKS = ("virtual", "real")
LAUNCHERS = ("fork", "spawn")


class SettingError(Exception):
    """A setting that cannot be used; the text names the value and the remedy."""


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_seed(text: str) -> str:
    """The seed that data and delays are drawn from.

    Raises:
        SettingError: it is no whole number.
    """
    # int() would take "1_0" and digits of any script for a number.
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise SettingError(
            f"--seed {text!r} is not a whole number of 1 to 18 digits: give one, as in "
            "--seed 7."
        )
    return str(int(text))


def drawn_seed() -> str:
    """A seed that no learner has practised with."""
    return str(1 + secrets.randbelow(10**9))


def read_choice(option: str, value: str, choices: tuple[str, ...]) -> str:
    """One of several words.

    Raises:
        SettingError: it is none of them.
    """
    if value not in choices:
        raise SettingError(
            f"{option} {value!r} is unknown: give {' or '.join(choices)}."
        )
    return value
