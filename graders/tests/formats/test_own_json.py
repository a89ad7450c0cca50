from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from graders.proctor import Verdict
from graders.reports import ReportError, write_atomically
from graders.reports.formats import own_json, read_verdict, verdict_schema
from graders.tests.formats.verdicts import VERDICTS, hostile_verdicts


def _written(path: Path, verdict: Verdict) -> Path:
    write_atomically(path, own_json(verdict))
    return path


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=list(VERDICTS))
def test_a_verdict_comes_back_as_it_was(verdict: Verdict, tmp_path: Path) -> None:
    assert read_verdict(_written(tmp_path / "v.json", verdict)) == verdict


@settings(max_examples=25, deadline=None)
@given(verdict=hostile_verdicts)
def test_any_verdict_can_be_read_again(
    verdict: Verdict, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = _written(tmp_path_factory.getbasetemp() / "any.json", verdict)
    # Half a surrogate pair is spelt out, and so the text settles at once.
    assert own_json(read_verdict(path)) == path.read_text(encoding="utf-8")


def test_the_schema_is_one_and_knows_a_verdict() -> None:
    schema = json.loads(verdict_schema())
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == "async-katas/verdict/v1"
    assert "$id" not in schema
    validator = Draft202012Validator(schema)
    assert validator.is_valid(json.loads(own_json(VERDICTS["failed"])))
    assert not validator.is_valid({"schema": "async-katas/verdict/v2"})
    assert not validator.is_valid({"kata": "x", "status": 1, "seed": "1"})


NESTED = '{"kata":"x","status":"x","seed":"1","other":' * 5000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no verdict: give a file that"),
        (b"\xff\xfe\x00", "holds no verdict: give a file that"),
        (b"[1, 2]", "holds no verdict: give a file that"),
        (b'{"kata": "x"}', "holds no verdict: give a file that"),
        (
            b'{"schema": "async-katas/verdict/v2"}',
            "has the schema 'async-katas/verdict/v2', and this release reads "
            "'async-katas/verdict/v1': grade again",
        ),
        (
            b'{"schema": "async-katas/verdict/v1", "kata": "x"}',
            r"is no whole verdict \(Object missing required field `status`\): grade",
        ),
        (NESTED.encode(), "holds no verdict: give a file that"),
        (
            b'{"schema": "\x1b[31m"}',
            "holds no verdict: give a file that",
        ),
    ],
)
def test_what_is_no_verdict_is_refused_in_a_sentence(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "v.json"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=sentence) as caught:
        read_verdict(path)
    assert str(caught.value).isprintable()


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.json", tmp_path):
        with pytest.raises(ReportError, match=r"cannot be read \(.*\): give a verdict"):
            read_verdict(path)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "v.txt"
    write_atomically(path, "one\r\n")
    assert path.read_bytes() == b"one\r\n"
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "two" * 9000 + "\ud800")
    assert path.read_bytes() == b"one\r\n"
    (path.parent / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_atomically(path.parent / "folder", "three")
    assert sorted(one.name for one in path.parent.iterdir()) == ["folder", "v.txt"]
