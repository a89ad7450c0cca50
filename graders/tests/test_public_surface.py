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
        ("suites", {"graders.proctor"}),
        ("plugin", _ABOVE | {"graders.plugin", "graders.settings"}),
        (
            "authoring",
            _ABOVE | {"graders.authoring", "graders.settings", "graders.suites"},
        ),
        (
            "batch",
            _ABOVE | {"graders.batch", "graders.settings", "graders.suites"},
        ),
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
        ("practice", _ABOVE | {"graders.practice", "graders.suites"}),
        ("reports", {"graders.proctor", "graders.reports", "graders.wire"}),
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


def test_suites_use_only_the_public_names_of_the_proctor() -> None:
    for path in sorted((ROOT / "suites").glob("*.py")):
        private = {name for name in _imports(path) if "._" in name}
        assert not private, f"{path.name} imports {private}"
