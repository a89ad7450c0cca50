from __future__ import annotations

import os
import unicodedata

import pytest

from graders.batch._names import file_names, shown_name

HOSTILE = [
    "-rf",
    "..",
    ".hidden",
    "",
    " ",
    "a/b",
    "::error::x",
    "line\nfeed",
    "main\u202egnp.py",
    "x" * 300,
    "ü" * 150,
    "CON",
    "nul.txt",
    os.fsdecode(b"caf\xe9"),
    unicodedata.normalize("NFC", "müller"),
    unicodedata.normalize("NFD", "müller"),
    "Alice",
    "alice",
    "ALICE",
    "back\\slash",
    "trailing.",
    "=cmd",
]


def test_plain_names_stay_as_they_are() -> None:
    names = ["alice", "Bob", "li.wei@example.org", "team-7", "Jürgen", "小明", "a b"]
    names += ["प्रिया शर्मा", "สมชาย ใจดี", "محمد", "Nguyễn Văn An"]
    assert file_names(names) == {name: name for name in names}


def test_file_names_are_safe_and_differ_on_any_file_system() -> None:
    found = file_names(HOSTILE)
    assert list(found) == HOSTILE
    folded = {unicodedata.normalize("NFKC", one).casefold() for one in found.values()}
    assert len(folded) == len(HOSTILE)
    for safe in found.values():
        assert safe.isprintable()
        assert len(safe.encode()) <= 120
        assert not safe.startswith(("-", ".", " "))
        assert not set(safe) & set('/\\:*?"<>|')


def test_nobody_can_choose_a_name_that_leads_to_the_file_of_another() -> None:
    victim = "a:b"
    taken = file_names([victim])[victim]
    both = file_names([victim, taken])
    assert both[victim] == taken
    assert both[taken] != taken


def test_a_name_keeps_its_file_whoever_else_is_there() -> None:
    alone = file_names(["a:b"])
    assert file_names(["a:b", "c", "d:e"])["a:b"] == alone["a:b"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Jürgen", "Jürgen"),
        ("main\u202e.py", "main\\u202e.py"),
        ("a\nb", "a\\nb"),
        ("\x1b[31m", "\\x1b[31m"),
        (os.fsdecode(b"caf\xe9"), "caf\\udce9"),
        (unicodedata.normalize("NFD", "ü"), "ü"),
        (unicodedata.normalize("NFD", "Nguyễn Văn An"), "Nguyễn Văn An"),
        (unicodedata.normalize("NFD", "김민준"), "김민준"),
        ("q\u0301", "q\u0301"),
        ("👩🏽\u200d💻", "👩🏽\u200d💻"),
        (
            "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
            "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
        ),
        ("ann\u200d", "ann\\u200d"),
        ("a\u200bb", "a\\u200bb"),
        ("李\u200d\u200d明", "李\\u200d\\u200d明"),
        ("a\\nb", "a\\\\nb"),
    ],
)
def test_names_are_shown_escaped(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_no_two_names_are_shown_alike_but_one_that_is_spelt_in_two_ways() -> None:
    composed = {unicodedata.normalize("NFC", name) for name in HOSTILE}
    assert len(composed) == len(HOSTILE) - 1
    assert len(set(map(shown_name, HOSTILE))) == len(composed)
