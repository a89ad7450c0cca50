"""Known mistakes are put on a submission's own lines, wherever its syntax lets them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from graders.proctor.submission.forbidden_names import reach_notes
from graders.proctor.submission.newer_syntax import newer_syntax
from graders.proctor.submission.spiked import spiked
from graders.tests.hostile.corpus import as_submission

TEXT = '''\
"""What it does."""
from fastapi import FastAPI

app = FastAPI()


def helper(x):
    """Says what."""
    if x: return "é"; y = 1
    return (
        x
    )


@app.get("/")
async def endpoint():
    global count
    async with lock:
        for one in "äö": print(one)
    def inner():
        yield 1
    match helper(1):
        case "é": count = 1
    return \\
        count


async def background():
    pass
'''
PLAIN = {9, 10, 21}
SERVING = {19, 23, 24}
OTHERS = {29}


def _calls(text: str, name: str) -> Iterator[tuple[object, int]]:
    """The numbers of the mistakes, and where they are made."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(ast.Name(id=called), [ast.Constant(value=number)]):
                if called.startswith(name):
                    yield number, node.lineno


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_simple_statement_of_a_function_is_spiked_on_its_line(
    ending: str,
) -> None:
    sample = spiked(as_submission(TEXT.replace("\n", ending)))
    assert sample is not None
    lines = sample.submission.source.split("\n")
    assert len(lines) == len(TEXT.split("\n"))
    calls = dict(_calls(sample.submission.source, sample.name))
    assert calls == {number: one.line for number, one in sample.spikes.items()}
    assert set(calls.values()) == PLAIN | SERVING | OTHERS
    serving = {one.line for one in sample.spikes.values() if one.serving}
    assert serving == SERVING


def test_nothing_else_of_the_text_is_changed() -> None:
    sample = spiked(as_submission(TEXT))
    assert sample is not None
    source = sample.submission.source
    for number in sample.spikes:
        for call in (
            f"await {sample.name}_now({number}); ",
            f"{sample.name}({number}); ",
        ):
            source = source.replace(call, "")
    assert source == TEXT


@pytest.mark.parametrize("text", ["", "x = 1\n", "def (", "def f():\n '''Doc.'''\n"])
def test_what_has_no_statement_in_a_function_cannot_be_spiked(text: str) -> None:
    assert spiked(as_submission(text)) is None


def test_no_two_samples_are_alike() -> None:
    samples = [spiked(as_submission(TEXT)) for _ in range(3)]
    assert len({sample.submission.source for sample in samples if sample}) == 3


def test_only_files_of_its_own_mistakes_tell_that_they_were_made() -> None:
    sample = spiked(as_submission(TEXT))
    assert sample is not None
    number = next(iter(sample.spikes))
    name = sample.name
    other = next(one for one in range(9) if one not in sample.spikes)
    files = [
        f"{name}-{number}-bc",
        f"{name}-{other}-bc",
        f"x{name}-{number}-e",
        "kata.db",
    ]
    assert sample.made(files) == {number: "bc"}


# As Python sees it, each of them is a slip.
SLIPS = {
    "an unknown escape": 'y = "\\d"',
    "is with a literal": "y = x is 3",
    "a call of no function": "y = ()()",
    "an assertion that is always true": 'assert (x, "y")',
}


@pytest.mark.parametrize("slip", SLIPS)
def test_text_that_python_warns_of_is_read_without_a_word(
    slip: str, recwarn: pytest.WarningsRecorder, capfd: pytest.CaptureFixture[str]
) -> None:
    source = TEXT + f"\n\ndef slip(x):\n    {SLIPS[slip]}\n"
    sample = spiked(as_submission(source))
    assert sample is not None
    lines = {one.line for one in sample.spikes.values()}
    assert len(source.splitlines()) in lines
    assert reach_notes(source, "app.py") == []
    assert newer_syntax(source + "\n)", len(source.splitlines()) + 1) is None
    assert not recwarn
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 3_000,
        "x = " + "-" * 9_000 + "1",
        "def f(x):\n    if x: pass\n" + "    elif x: pass\n" * 3_000,
        "def f(x):\n    return x" + ".x" * 9_000,
    ],
)
def test_text_that_is_too_deep_is_not_spiked(text: str) -> None:
    assert spiked(as_submission(text)) is None
