"""What is kept of the text of an exception."""

from __future__ import annotations

import pytest

from graders.host.instruments.failures import text_of


@pytest.mark.parametrize("folder", ["/srv", "/home/ada/katas" + "/deeper" * 100])
def test_the_folder_of_a_file_takes_no_room(folder: str) -> None:
    exc = ValueError(f'no list: File "{folder}/app.py", line 52, in list_books')
    assert text_of(exc) == 'no list: File "app.py", line 52, in list_books'


def test_no_address_is_told() -> None:
    assert text_of(ValueError("<Pump object at 0x7f12ab>")) == "<Pump object>"


def test_other_paths_stay_as_they_are() -> None:
    text = "GET /members/7 of shop.py/ and /etc/hosts"
    assert text_of(ValueError(text)) == text


def test_a_long_text_costs_no_time() -> None:
    # Quadratic, it would take minutes for these 40 MB.
    assert text_of(ValueError("/a" * 20_000_000)) == "/a" * 250


def test_a_text_that_cannot_be_had_is_said_to_be_so() -> None:
    class Sly(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert text_of(Sly()) == "(its text could not be shown)"
