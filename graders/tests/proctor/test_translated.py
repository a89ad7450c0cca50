"""What is proven with one HTTP library holds with the other.

Each submission that uses httpx is translated to httpx2, word by word.
"""

from __future__ import annotations

import dataclasses
import io
import tokenize
from pathlib import Path

import pytest

from graders.proctor import (
    Exhibit,
    Launcher,
    Options,
    all_katas,
    exhibits,
    load_suite,
    prove,
    share_of,
)
from graders.wire import HTTP_LIBRARIES

_OLD, _NEW = HTTP_LIBRARIES
_TRANSLATION = dict(zip(_OLD, _NEW, strict=True))


def translated(source: str) -> str:
    """The same program with the other library; strings and comments stay."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    # Without places, so that a longer word moves what follows; lines stay.
    lines = source.splitlines(keepends=True)
    for token in reversed(list(tokens)):
        if token.type == tokenize.NAME and token.string in _TRANSLATION:
            (row, begin), (_, end) = token.start, token.end
            line = lines[row - 1]
            lines[row - 1] = line[:begin] + _TRANSLATION[token.string] + line[end:]
    return "".join(lines)


def _translatable() -> list[Exhibit]:
    found = []
    for kata in all_katas():
        # Where the learner writes tests, the service that they test makes the
        # requests, and it is given: it uses httpx, and takes transports of httpx only.
        if not kata.turns_the_tables:
            using = [
                one for one in exhibits(kata) if translated(one.source) != one.source
            ]
            accepted = [one for one in using if one.kind == "accepted"]
            # The solution and one other style: the rest differ in what they do around
            # the client, and each costs as much as all that is wrong. What is not done
            # yet asks for nothing.
            left_out = [*accepted[1:], *(one for one in using if one.kind == "stub")]
            found += [one for one in using if one not in left_out]
    return found


EXHIBITS = _translatable()


def test_names_are_translated_and_nothing_else() -> None:
    source = 'import httpx\n\n# httpx\nx = httpx.get("httpx"); y = my.httpx_\n'
    assert translated(source) == (
        'import httpx2\n\n# httpx\nx = httpx2.get("httpx"); y = my.httpx_\n'
    )


def test_four_katas_use_the_library() -> None:
    assert {one.kata.slug for one in EXHIBITS} == {
        "client_with_a_life",
        "deadline_to_504",
        "fetch_many",
        "trip_desk",
    }


@pytest.mark.parametrize(
    "exhibit",
    [pytest.param(one, id=f"{one.kata.slug}/{one.name}") for one in EXHIBITS],
)
def test_a_translated_submission_is_judged_as_before(
    exhibit: Exhibit, hosts: Launcher, tmp_path: Path
) -> None:
    path = tmp_path / exhibit.path.name
    path.write_text(translated(exhibit.source), encoding="utf-8")
    other = dataclasses.replace(exhibit, path=path)
    suite = load_suite(exhibit.kata)
    if exhibit.kind == "accepted":
        suite = share_of(suite, exhibit.kata.manifest.order)
    options = Options(controls=0)
    _, complaint = prove(other, hosts, options, suite=suite, thorough=False)
    assert complaint == ""
