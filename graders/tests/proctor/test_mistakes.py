"""What is written about the mistakes of a kata, and what is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.proctor import (
    FAILED,
    PASSED,
    Exhibit,
    Kata,
    Launcher,
    Manifest,
    Mistake,
    Result,
    Verdict,
    complaint,
    exhibits,
    find_kata,
    mistakes,
    prove,
)

ENTRY = '[errors__hungry]\ncheck = "test_carps_are_fed"\n'


@pytest.fixture
def pond(tmp_path: Path) -> Kata:
    """A kata with one mistake."""
    kata = Kata("pond", tmp_path / "katas/pond", Manifest("", 1, "", 1, "", {}, []))
    rejected = kata.reference / "rejected"
    rejected.mkdir(parents=True)
    (rejected / "errors__hungry.py").touch()
    return kata


def describe(kata: Kata, text: str) -> None:
    (kata.reference / "mistakes.toml").write_text(text, encoding="utf-8")


def test_a_kata_need_not_describe_its_mistakes(pond: Kata) -> None:
    assert mistakes(pond) == {}
    assert [one.check for one in exhibits(pond)] == ["", "", ""]


def test_an_entry_names_the_check(pond: Kata) -> None:
    describe(pond, ENTRY + 'lines = [3, 4]\nwhy = "forgets the carp"\n')
    assert mistakes(pond) == {
        "errors__hungry": Mistake("test_carps_are_fed", [3, 4], "forgets the carp")
    }
    assert exhibits(pond)[-1].check == "test_carps_are_fed"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[errors__hungry", "Correct it; a mistake's keys are check, lines, why"),
        (ENTRY + "line = 3\n", "unknown field `line`"),
        ("[errors__hungry]\nlines = [3]\n", "missing required field `check`"),
        ('[errors__gone]\ncheck = "test_1"\n', "there is no rejected/errors__gone.py"),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence(pond: Kata, text: str, says: str) -> None:
    describe(pond, text)
    with pytest.raises(ValueError, match=r"^mistakes\.toml") as caught:
        exhibits(pond)
    assert says in str(caught.value)


@pytest.mark.parametrize(("failing", "right"), [("test_1", True), ("test_2", False)])
def test_the_check_that_is_named_must_fail(
    pond: Kata, failing: str, right: bool
) -> None:
    path = pond.reference / "rejected/errors__hungry.py"
    exhibit = Exhibit(pond, path, "rejected", "errors", "test_1")
    results = [
        Result(name, "", "errors", 1, FAILED if name == failing else PASSED, [])
        for name in ("test_1", "test_2")
    ]
    told = complaint(exhibit, Verdict("pond", FAILED, "1", results))
    if right:
        assert told == ""
    else:
        assert told == (
            "test_1, which mistakes.toml names, did not fail; these did: "
            "test_2 (errors)"
        )


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("no_blocking_sleep", "timeouts__sleep_zero_spin"),
        ("deadline_to_504", "resources__client_never_closed"),
    ],
)
def test_the_check_that_is_named_is_proof_enough(
    hosts: Launcher, slug: str, name: str
) -> None:
    (exhibit,) = (one for one in exhibits(find_kata(slug)) if one.name == name)
    verdict, wrong = prove(exhibit, hosts, thorough=False)
    assert wrong == ""
    (result,) = verdict.results
    assert result.name == exhibit.check
    assert result.findings


def test_a_wrong_name_is_told(hosts: Launcher) -> None:
    kata = find_kata("no_blocking_sleep")
    path = kata.reference / "rejected/blocking__time_sleep.py"
    wrong = Exhibit(kata, path, "rejected", "blocking", "test_of_nothing")
    _, told = prove(wrong, hosts, thorough=False)
    assert told.startswith("test_of_nothing, which mistakes.toml names, did not fail")
