"""Imports a submission from its text, or says in one line why that cannot be."""

from __future__ import annotations

import ast
import importlib.util
import io
import linecache
import sys
from types import ModuleType

from graders.host.instruments.endpoints import site_of
from graders.host.instruments.failures import name_of, text_of
from graders.host.instruments.recorder import Sites
from graders.wire import Loaded, LoadFailed, Module, Route, Site


def _in_one_place(source: str) -> ast.Module:
    """A program of whose lines and columns nothing is known."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if "lineno" in node._attributes:
            node.lineno = node.end_lineno = 1  # type: ignore[attr-defined]
            node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]
    return tree


class Loader:
    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self.modules: dict[str, ModuleType] = {}

    def load(self, module: Module) -> ModuleType:
        """Execute one module under its name, as `import` would, but from text.

        Raises:
            BaseException: whatever the module raises.
        """
        self._sites.known.add(module.filename)
        if not module.given:
            self._sites.labels[module.filename] = module.label
        # As Python counts lines: a form feed ends none. Without lines, none are read
        # from the file of that name.
        lines = [] if module.hidden else list(io.StringIO(module.source))
        linecache.cache[module.filename] = (
            sum(map(len, lines)),
            None,
            lines,
            module.filename,
        )
        spec = importlib.util.spec_from_loader(module.name, loader=None)
        assert spec is not None
        created = importlib.util.module_from_spec(spec)
        created.__file__ = module.filename
        sys.modules[module.name] = self.modules[module.name] = created
        text = _in_one_place(module.source) if module.hidden else module.source
        code = compile(text, module.filename, "exec", dont_inherit=True)
        exec(code, created.__dict__)
        return created

    def load_app(self, module: Module) -> tuple[object, Loaded | LoadFailed]:
        """Execute the submission and find its `app`.

        Returns:
            The application (None when there is none) and what to report.
        """
        try:
            created = self.load(module)
        except SyntaxError as exc:
            site = Site(module.label, exc.lineno or 1)
            return None, LoadFailed("syntax", exc.msg, site)
        except BaseException as exc:
            return None, self._failed(exc)
        app = getattr(created, "app", None)
        if not callable(app):
            return None, LoadFailed("no app", self._instead_of_app(created))
        return app, Loaded(self._routes(app))

    def compiles(self, module: Module) -> Loaded | LoadFailed:
        """Whether a module that is not executed here is Python at all."""
        try:
            compile(module.source, module.filename, "exec", dont_inherit=True)
        except SyntaxError as exc:
            return LoadFailed("syntax", exc.msg, Site(module.label, exc.lineno or 1))
        return Loaded()

    def _routes(self, app: object) -> list[Route]:
        """The endpoints that the submission defines itself."""
        routes = []
        for route in getattr(app, "routes", []):
            site = site_of(self._sites, getattr(route, "endpoint", None))
            if site is not None:
                methods = sorted(getattr(route, "methods", None) or [])
                routes.append(Route(methods, str(route.path), site))
        return routes

    def _failed(self, exc: BaseException) -> LoadFailed:
        site = self._sites.of_exception(exc)
        text = f"{name_of(exc)}: {text_of(exc)}"
        if isinstance(exc, ImportError):
            return LoadFailed("import", text, site)
        if isinstance(exc, SystemExit | KeyboardInterrupt):
            return LoadFailed("ended", text, site)
        return LoadFailed("raised", text, site)

    @staticmethod
    def _instead_of_app(module: ModuleType) -> str:
        """What the learner may have meant by `app`."""
        from fastapi import FastAPI

        for name, value in vars(module).items():
            if isinstance(value, FastAPI):
                return name
        return ""
