"""What is remembered of the instruments' proof, and when they must give it again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import graders
from graders.host.trial import proofs as proofs_module

START = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from graders.proctor import HostPlan, LauncherFailed
from graders.proctor.hosts.launcher import ForkLauncher, SpawnLauncher

kind = {"fork": lambda proofs: ForkLauncher((), proofs), "spawn": SpawnLauncher}
hosts = kind[sys.argv[3]](sys.argv[2])
with open("/dev/null", "r+b", buffering=0) as nothing:
    try:
        link = hosts.start(HostPlan((nothing.fileno(),) * 3, Path(sys.argv[1])))
    except LauncherFailed as exc:
        print("refused:", exc)
    else:
        link.take_turn(0)
        link.close()
        print("ready")
hosts.close()
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a module that is imported here."""
    path = tmp_path / "imported_here.py"
    path.write_text("first = 1\n", encoding="utf-8")
    made = ModuleType("imported_here")
    made.__file__ = str(path)
    monkeypatch.setitem(sys.modules, "imported_here", made)
    return path


def test_the_same_modules_have_the_same_proof(module: Path) -> None:
    assert proofs_module.proof("/proofs") == proofs_module.proof("/proofs")
    assert os.path.dirname(proofs_module.proof("/proofs")) == "/proofs"


def test_a_module_that_has_changed_has_no_proof(module: Path) -> None:
    before = proofs_module.proof("/proofs")
    seen = module.stat()
    module.write_text("other = 2\n", encoding="utf-8")
    os.utime(module, ns=(seen.st_atime_ns, seen.st_mtime_ns + 1))
    assert module.stat().st_size == seen.st_size
    assert proofs_module.proof("/proofs") != before


def test_one_that_is_imported_from_elsewhere_has_no_proof(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = proofs_module.proof("/proofs")
    other = shutil.copy2(module, module.with_name("elsewhere.py"))
    monkeypatch.setattr(sys.modules["imported_here"], "__file__", str(other))
    assert proofs_module.proof("/proofs") != before


def test_without_a_folder_nothing_is_remembered() -> None:
    assert proofs_module.proof("") == ""
    proofs_module.remember("")


def test_old_proofs_go(tmp_path: Path) -> None:
    old, young = tmp_path / "old", tmp_path / "young"
    for path in (old, young):
        path.touch()
    os.utime(old, (0, 0))
    proofs_module.remember(str(tmp_path / "new"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "young"]


def test_a_folder_that_cannot_be_written_costs_a_trial_and_no_more(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    proofs_module.remember(str(tmp_path / "file" / "proof"))
    assert not os.path.exists(tmp_path / "file" / "proof")


@pytest.mark.parametrize("kind", ["fork", "spawn"])
def test_only_what_has_proven_itself_is_remembered(tmp_path: Path, kind: str) -> None:
    shutil.copytree(
        Path(graders.__file__).parent,
        tmp_path / "graders",
        ignore=shutil.ignore_patterns("tests", "__pycache__"),
    )
    proofs = tmp_path / "proofs"

    def start() -> str:
        return subprocess.run(
            [sys.executable, "-P", "-c", START, str(tmp_path), str(proofs), kind],
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert start() == "ready\n"
    (proof,) = proofs.iterdir()
    # Broken by hand, after its proof.
    path = tmp_path / "graders" / "host" / "instruments" / "leftovers.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"never awaited"', '"unhandled"'), "utf-8")
    assert start().startswith("refused: Python ")
    assert list(proofs.iterdir()) == [proof]
