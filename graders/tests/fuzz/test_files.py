"""Files that are read: each is taken as it is, or a sentence says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from graders.authoring._survivors import _equals
from graders.batch import LayoutError, read_layout
from graders.batch._folder import FolderError, results_folder
from graders.practice import Notebook
from graders.proctor import (
    REFERENCE,
    SANDBOXES,
    SCHEMA,
    Kata,
    KataError,
    Manifest,
    Mistake,
    SubmissionError,
    Verdict,
    find_kata,
    load_kata,
    load_suite,
    mistakes,
    mistakes_file,
    plans_file,
    read_submission,
)
from graders.proctor.schedules.pinned import pinned, pinned_for
from graders.proctor.submission.code import code_of
from graders.proctor.submission.forbidden_names import forbidden, reach_notes
from graders.proctor.submission.spiked import spiked
from graders.reports import FEEDBACK, ReportError, reduced
from graders.reports.formats import FORMATS, own_json, read_verdict
from graders.settings import SettingError, read_choice, read_seed
from graders.tests.formats.verdicts import VERDICTS
from graders.tests.fuzz.examples import examples
from graders.tests.fuzz.mangled import grafted, mangled
from graders.tests.fuzz.typed import texts, values_of

KATA = find_kata("files_off_the_loop")


def see_that_it_is_told(exc: Exception, *named: str) -> None:
    """One sentence or more, in which what is meant is named."""
    text = str(exc)
    assert any(name in text for name in named), text
    assert text.endswith((".", "?")), text
    assert text.isprintable(), text
    assert len(text) < 1_500, text


# --- TOML -----------------------------------------------------------------------------


def toml(tables: Any) -> bytes:
    """A tree as TOML, as far as TOML can hold it."""
    if not isinstance(tables, dict):
        return repr(tables).encode("utf-8", "replace")
    lines = [f"{_key(name)} = {_value(value)}" for name, value in tables.items()]
    return "\n".join(lines).encode("utf-8", "replace")


def _key(name: Any) -> str:
    return json.dumps(str(name))


def _value(value: Any) -> str:
    match value:
        case dict():
            inner = (f"{_key(name)} = {_value(one)}" for name, one in value.items())
            return f"{{{', '.join(inner)}}}"
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case None | bytes():
            return '""'
        case _:
            return str(value)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=4,
)


def tomls(valid: Any, keys: st.SearchStrategy[str] = texts) -> st.SearchStrategy[bytes]:
    """TOML that is almost this."""
    return mangled(st.just(valid).map(toml) | grafted(valid, values, keys).map(toml))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the folders of the kata under test are."""
    (tmp_path / "katas/pond").mkdir(parents=True)
    (tmp_path / "reference/pond/rejected").mkdir(parents=True)
    (tmp_path / "reference/pond/rejected/errors__hungry.py").touch()
    return tmp_path


@pytest.fixture
def pond(home: Path) -> Kata:
    return Kata("pond", home / "katas/pond", Manifest("", 1, "", 1, "", {}, []))


MANIFEST: dict[str, Any] = msgspec.to_builtins(KATA.manifest)


@examples(30)
@given(content=tomls(MANIFEST, st.sampled_from(Manifest.__struct_fields__)))
@example(content=b"title = " + b"[" * 5_000)
@example(content=b"title = " + b"9" * 5_000)
@example(content=b"a." * 5_000 + b"a = 1")
@example(content=toml({**MANIFEST, "file": "../../secret.py"}))
@example(content=toml({**MANIFEST, "file": ""}))
@example(content=toml({**MANIFEST, "file": "app\0.py"}))
def test_a_manifest_is_read_or_told(home: Path, content: bytes) -> None:
    folder = home / "katas/pond"
    (folder / "kata.toml").write_bytes(content)
    try:
        kata = load_kata(folder)
    except KataError as exc:
        see_that_it_is_told(exc, "pond/kata.toml")
        return
    # What it names is a file of its own folder.
    assert kata.stub.parent == folder
    assert kata.stub.name == kata.manifest.file
    assert not kata.stub.exists()


@examples(30)
@given(
    content=tomls(
        {"errors__hungry": {"check": "test_1", "lines": [3], "why": "x"}},
        texts | st.sampled_from(Mistake.__struct_fields__),
    )
)
@example(content=b"a = " + b"[" * 5_000)
@example(content=b"a.lines = [" + b"9" * 5_000 + b"]")
@example(content=toml({"x" * 300: {"check": "test_1"}}))
@example(content=toml({"\0": {"check": "test_1"}}))
@example(content=toml({"\x1b[2J": {"check": "test_1"}}))
def test_mistakes_are_read_or_told(pond: Kata, content: bytes) -> None:
    mistakes_file(pond).write_bytes(content)
    try:
        found = mistakes(pond)
    except ValueError as exc:
        see_that_it_is_told(exc, "mistakes.toml")
        return
    assert set(found) <= {"errors__hungry"}


@examples(30)
@given(
    content=tomls(
        msgspec.to_builtins({"plans": pinned(KATA)}),
        st.sampled_from(["check", "plan", "plans", "tells"]),
    )
)
@example(content=b"plans = " + b"[" * 5_000)
@example(content=b"plans = \xff")
@example(content=b"plans = " + b"9" * 5_000)
@example(
    content=toml(
        {
            "plans": [
                {"check": pinned(KATA)[0].check, "tells": "\n", "plan": "[" * 5_000}
            ]
        }
    )
)
def test_pinned_plans_are_read_or_told(
    home: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (check,) = (
        one for one in load_suite(KATA).checks if one.name == pinned(KATA)[0].check
    )
    kata = Kata("pond", home / "katas/pond", KATA.manifest)
    plans_file(kata).write_bytes(content)
    try:
        assert isinstance(pinned_for(kata, check), list)
    except KataError as exc:
        see_that_it_is_told(exc, "pond/plans.toml")


@examples(20)
@given(content=tomls({"a + b -> a - b": "why"}))
@example(content=b"a = " + b"[" * 5_000)
def test_mutants_that_are_right_are_read_or_told(pond: Kata, content: bytes) -> None:
    (pond.reference / "mutants.toml").write_bytes(content)
    try:
        assert all(isinstance(why, str) for why in _equals(pond).values())
    except KataError as exc:
        see_that_it_is_told(exc, "mutants.toml")


# --- JSON -----------------------------------------------------------------------------

_WHOLE = json.loads(own_json(VERDICTS["unstable"]))


def as_json(tree: Any) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass")


_well_formed = values_of(Verdict).map(
    lambda verdict: msgspec.json.encode(replace(verdict, schema=SCHEMA))
)
verdicts = st.one_of(
    _well_formed,
    grafted(_WHOLE, values, st.sampled_from(Verdict.__struct_fields__)).map(as_json),
    mangled(_well_formed | st.just(as_json(_WHOLE))),
)


@examples(25)
@given(content=verdicts, level=st.sampled_from(FEEDBACK))
def test_a_verdict_is_read_and_shown_in_any_form_or_told(
    tmp_path: Path, content: bytes, level: str
) -> None:
    path = tmp_path / "verdict.json"
    path.write_bytes(content)
    try:
        verdict = read_verdict(path)
    except ReportError as exc:
        see_that_it_is_told(exc, "verdict.json")
        return
    for form in FORMATS.values():
        told = reduced(verdict, level)
        try:
            form.text(told).encode()
            if form.together is not None:
                form.together([told, verdict]).encode()
        except ReportError as exc:
            # Some need more than a verdict.
            see_that_it_is_told(exc, form.name)
    path.write_text(own_json(verdict), encoding="utf-8")
    assert own_json(read_verdict(path)) == own_json(verdict)


PROGRESS: dict[str, Any] = {
    "katas": {"tea_room": {"best": 3, "points": 8, "passed": False, "hints": 1}},
    "schema": "async-katas/progress/v1",
}


@examples(30)
@given(content=mangled(grafted(PROGRESS, values, texts).map(as_json)))
@example(content=as_json(PROGRESS).replace(b"tea_room", b"\xff"))
def test_progress_is_read_or_set_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "progress.json"
    path.write_bytes(content)
    notebook = Notebook(tmp_path)
    progress = notebook.read()
    notebook.hinted("tea_room", 1)
    assert Notebook(tmp_path).read().of("tea_room").hints >= 1
    aside = list(tmp_path.glob("progress.json.damaged-*"))
    assert len(aside) == len(notebook.notes)
    for one in aside:
        assert one.read_bytes() == content
        assert progress.katas == {}
        one.unlink()
    for note in notebook.notes:
        see_that_it_is_told(ValueError(note), "progress.json")


@examples(30)
@given(content=mangled(st.just(b"/tmp/kata-grade-x")))
@example(content=b"\xff")
def test_a_folder_for_results_can_be_used_whatever_was_left_there(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / ".lock").write_bytes(content)
    try:
        with results_folder(tmp_path) as scratch:
            assert list(scratch.iterdir()) == []
    except FolderError as exc:
        see_that_it_is_told(exc, str(tmp_path))
    assert not scratch.exists()


# --- what is handed in, and what is typed ---------------------------------------------

_ENCODINGS = st.sampled_from(
    [
        *("utf-8", "latin-1", "utf-16", "utf-7", "idna", "punycode", "rot13", "hex"),
        *("unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "bz2", "zip"),
        *("utf-8-sig", "cp037", "shift_jis", "iso2022_jp", "hz", "\0", "x" * 200),
    ]
)
_SOURCE = b"# coding: %s\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
_sources = (
    st.just((REFERENCE / KATA.slug / "solution.py").read_bytes())
    | _ENCODINGS.map(lambda name: _SOURCE % name.encode())
    | st.sampled_from(
        [
            b"x = " + b"(" * 3_000 + b")" * 3_000,
            b"x = " + b"-" * 9_000 + b"1",
            b"x" + b".x" * 9_000,
            b"x = 1" + b" + 1" * 9_000,
            b"x = f'{" * 90,
            b"if x:\n" + b"".join(b" " * n + b"if x:\n" for n in range(1, 200)),
            b'{"nbformat": 4}',
            b"x = " + b"9" * 9_000,
        ]
    )
)


@examples(30)
@given(content=mangled(_sources))
@example(content=b"x = " + b"-" * 9_000 + b"1")
@example(content=b"def f(x):\n    if x: pass\n" + b"    elif x: pass\n" * 3_000)
def test_a_submission_is_read_or_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "app.py"
    path.write_bytes(content)
    try:
        submission = read_submission(path, starter=KATA.folder)
    except SubmissionError as exc:
        see_that_it_is_told(exc, "app.py")
        return
    for note in (*submission.notes, *reach_notes(submission.source, submission.label)):
        assert note.isprintable()
    forbidden(submission)
    spiked(submission)
    code = code_of(submission.source, submission.label)
    assert code.statements.returns.keys() >= set(code.statements.returns.values())


_typed = (
    texts
    | st.text(st.sampled_from("{learnkat}*?/.\\[]0123456789-+_ "))
    | st.just("{learner}/{kata}/app.py")
)


@pytest.mark.parametrize(
    ("read", "refusal"),
    [
        (read_seed, SettingError),
        (lambda text: read_choice("--sandbox", text, SANDBOXES), SettingError),
        (read_layout, LayoutError),
    ],
    ids=["seed", "choice", "layout"],
)
def test_a_setting_is_taken_or_told(
    tmp_path: Path, read: Callable[[str], object], refusal: type[Exception]
) -> None:
    @examples(40)
    @given(text=_typed)
    def holds(text: str) -> None:
        try:
            read(text)
        except refusal as exc:
            see_that_it_is_told(exc, repr(text))

    holds()
