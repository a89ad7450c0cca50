"""Of tests' names and errors those words are shown that are the learner's own."""

from __future__ import annotations

import ast
import hashlib
from textwrap import dedent

import pytest

from graders.proctor.exam.own_words import OwnWords
from graders.wire import Outcome, Pending, RanTests, Site

SOURCE = """
    import pytest

    @pytest.mark.parametrize(
        ("answer", "status"), [(lambda: 1, 402), (unreachable, 502), (made(), 504)]
    )
    def test_it(answer, status):
        assert status == 1, "the seats of room_1234 are free"

    @pytest.mark.parametrize("show", ["hamlet", "mac-beth", 3, None])
    def test_show(show): ...

    ALPHABET = ["0", "1", "2", "3", "a", "b", "c", "d"]
"""
SERVICE = 'SEATS = ["A1", "A2", "A3", "B1", "B2", "B3"]  # Somebody else has it'
SUM = hashlib.sha256(b"code").hexdigest()


@pytest.fixture
def own() -> OwnWords:
    source = dedent(SOURCE)
    return OwnWords(ast.walk(ast.parse(source)), source, SERVICE)


@pytest.mark.parametrize(
    "name",
    [
        "test_it",
        "test_it[<lambda>-402]",
        "test_it[unreachable-502]",
        "test_show[hamlet]",
        "test_show[mac-beth]",
        "test_show[3]",
        "test_show[None]",
    ],
)
def test_a_name_that_stands_in_the_file_is_shown(own: OwnWords, name: str) -> None:
    assert own.name(name, 2) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (f"test_show[{SUM}]", "test_show[case 7]"),
        # All of its parts stand there, and none of them together.
        ("test_show[a-0-1-d]", "test_show[case 7]"),
        ("test_it[A-1]", "test_it[case 7]"),
        ("test_it[answer2-504]", "test_it[case 7]"),
        # A part of a word is no word.
        ("test_show[haml]", "test_show[case 7]"),
        (f"test_{SUM}", "a test without a name in the file"),
        ("test_", "a test without a name in the file"),
    ],
)
def test_a_name_that_is_computed_is_not(own: OwnWords, name: str, shown: str) -> None:
    assert own.name(name, 7) == shown


def test_the_number_of_a_case_says_no_more_than_that(own: OwnWords) -> None:
    assert own.name(f"test_show[{SUM}]", int(SUM, 16)) == "test_show[…]"
    assert own.name(f"test_show[{SUM}]") == "test_show[…]"


HONEST = (
    "AssertionError: assert 502 == 201 + where 502 = <Response [502 Bad "
    "Gateway]>.status_code",
    "AssertionError: assert {'A1', 'A2', 'A3', 'B1', 'B2', 'B3'} == {'A1', 'B3'}",
    "AssertionError: assert [70013] == [1] At index 0 diff: 70013 != 1",
    "AssertionError: the seats of room_1234 are free",
    "ConnectError: All connection attempts failed",
    "TypeError: create_app() got an unexpected keyword argument 'transports'",
    "Failed: async def functions are not natively supported. You need to install a "
    "suitable plugin for your async framework",
    "RuntimeError: The service was never started: its lifespan has not run.",
)


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_error_is_shown_as_it_is(own: OwnWords, text: str) -> None:
    assert own.text(text) == text


def _told(text: str) -> str:
    """What of a text has come through."""
    return text.removeprefix("AssertionError: ").replace("…", "").strip()


def _in_letters(data: bytes) -> str:
    return " ".join(f"{byte:b}".translate({48: "o", 49: "i"}) for byte in data)


@pytest.mark.parametrize(
    "data",
    [
        SUM,
        SUM.translate(str.maketrans("0123456789", "ghijklmnop")),
        "".join(chr(0x4E00 + byte) for byte in bytes.fromhex(SUM)),
        " ".join("→←↑↓"[byte % 4] for byte in bytes.fromhex(SUM)),
    ],
)
def test_what_looks_like_data_is_not_shown(own: OwnWords, data: str) -> None:
    assert _told(own.text(f"AssertionError: {data}")) == ""


@pytest.mark.parametrize(
    "write",
    [
        _in_letters,
        lambda data: " ".join("0123abcd"[byte % 8] for byte in data),
        lambda data: "".join("!?#$%&*+"[byte % 8] for byte in data),
        lambda data: " ".join(str(byte) for byte in data),
    ],
)
def test_of_a_long_text_no_more_comes_through_than_of_an_error(
    own: OwnWords, write: object
) -> None:
    assert callable(write)
    text = write(hashlib.shake_256(b"code").digest(9_000))
    assert len(_told(own.text(f"AssertionError: {text}"))) <= 200


def test_spaces_tell_nothing(own: OwnWords) -> None:
    assert own.text("assert  1 ==\t1\n\n 2") == "assert 1 == 1 2"


@pytest.mark.parametrize(
    ("site", "shown"),
    [
        (Site("x.py", 7, "test_it"), Site("x.py", 7, "test_it")),
        (Site("x.py", 7, "test_it.<locals>.<lambda>"),) * 2,
        (Site("x.py", 7, SUM), Site("x.py", 7, "")),
        (Site("x.py", int(SUM, 16)), Site("x.py", 1 + SOURCE.count("\n"))),
    ],
)
def test_a_place_is_one_in_the_file(own: OwnWords, site: Site, shown: Site) -> None:
    assert own.site(site) == shown


def test_all_that_tests_say_is_looked_at(own: OwnWords) -> None:
    ran = RanTests([Outcome(f"test_show[{SUM}]", "failed", SUM, case=2)], SUM)
    told = own.of_run(ran)
    assert told == RanTests([Outcome("test_show[case 2]", "failed", "…", case=2)], "…")
    waiting = [Pending(f"test_show[{SUM}]", "", case=2), Pending(SUM, f"get {SUM}")]
    assert [(one.task, one.waits_for) for one in own.of_pending(waiting)] == [
        ("test_show[case 2]", ""),
        ("…", "get …"),
    ]
