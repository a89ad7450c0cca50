from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

import graders

_ABOVE = {"graders.proctor", "graders.reports", "graders.wire"}

ROOT = Path(graders.__file__).parent


@pytest.mark.parametrize("name", ["graders.wire", "graders.proctor"])
def test_all_lists_exactly_the_public_names_in_order(name: str) -> None:
    module = importlib.import_module(name)
    public = {
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and not isinstance(value, ModuleType)
    }
    listed = list(module.__all__)
    assert public == set(listed), f"{name}: __all__ and the public names differ"
    assert len(listed) == len(set(listed))


def test_the_host_has_no_public_names_to_import() -> None:
    import graders.host

    public = {
        name
        for name, value in vars(graders.host).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public == set()


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("wire", {"graders.wire"}),
        ("host", {"graders.host", "graders.platform_parts", "graders.wire"}),
        ("proctor", {"graders.platform_parts", "graders.proctor", "graders.wire"}),
        ("suites", {"graders.proctor", "graders.suites"}),
        ("plugin", _ABOVE | {"graders.plugin", "graders.settings"}),
        (
            "authoring",
            _ABOVE
            | {
                "graders.authoring",
                "graders.settings",
                "graders.suites",
                "graders.workers",
            },
        ),
        ("batch", _ABOVE | {"graders.batch", "graders.settings", "graders.workers"}),
        (
            "packs",
            _ABOVE
            | {
                "graders.batch",
                "graders.packs",
                "graders.practice",
                "graders.settings",
            },
        ),
        (
            "practice",
            _ABOVE | {"graders.practice", "graders.settings", "graders.workers"},
        ),
        ("reports", {"graders.proctor", "graders.reports", "graders.wire"}),
        ("workers", {"graders.proctor", "graders.suites", "graders.workers"}),
        ("../katas", set()),
        ("../reference", set()),
    ],
)
def test_dependencies_point_one_way(folder: str, allowed: set[str]) -> None:
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert paths
    for path in paths:
        for name in _imports(path):
            package = ".".join(name.split(".")[:2])
            if package != "graders" and name.split(".")[0] == "graders":
                assert package in allowed, f"{path.name} imports {name}"


SUITES = sorted(path.parent for path in (ROOT / "suites").glob("*/__init__.py"))


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.name)
def test_a_suite_imports_no_other_suite(suite: Path) -> None:
    for path in sorted(suite.rglob("*.py")):
        for name in _imports(path):
            if name.startswith("graders.suites"):
                assert name.split(".")[2] == suite.name, f"{path.name} imports {name}"


# Below these doors nothing is for others, and no underscore says so once more.
@pytest.mark.parametrize("door", ["host", "proctor"])
def test_names_of_modules_begin_with_no_underscore(door: str) -> None:
    marked = [
        path.name
        for path in (ROOT / door).rglob("*.py")
        if path.name.startswith("_") and not path.name.startswith("__")
    ]
    assert not marked


@pytest.mark.parametrize(
    "folder",
    [
        "suites",
        "plugin",
        "authoring",
        "batch",
        "packs",
        "practice",
        "reports",
        "workers",
    ],
)
def test_the_proctor_is_entered_by_its_door(folder: str) -> None:
    for path in sorted((ROOT / folder).rglob("*.py")):
        inner = {name for name in _imports(path) if name.startswith("graders.proctor.")}
        assert not inner, f"{path.name} imports {inner}"


def _wings(door: str) -> dict[str, set[str]]:
    """Which wings of a package import which, type-only imports included."""
    needs: dict[str, set[str]] = {}
    for path in sorted((ROOT / door).rglob("*.py")):
        own = path.relative_to(ROOT / door).parts
        if len(own) == 1:
            # The door itself, and what builds everything.
            continue
        for name in _imports(path):
            parts = name.split(".")
            if parts[:2] == ["graders", door] and len(parts) > 3 and parts[2] != own[0]:
                needs.setdefault(own[0], set()).add(parts[2])
    return needs


@pytest.mark.parametrize("door", ["host", "proctor"])
def test_wings_import_one_another_in_no_circle(door: str) -> None:
    needs = _wings(door)
    assert needs
    while free := {wing for wing in needs if not needs[wing] & (needs.keys() - {wing})}:
        needs = {wing: on for wing, on in needs.items() if wing not in free}
    assert not needs, f"these wait for one another: {needs}"
