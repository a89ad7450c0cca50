"""The files of packs that are written from templates."""

from __future__ import annotations

from importlib.resources import files

import jinja2

# Shells and workflows have a use of their own for the usual braces.
_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FunctionLoader(lambda name: template(name)),
    undefined=jinja2.StrictUndefined,
    variable_start_string="<%=",
    variable_end_string="%>",
    block_start_string="<%",
    block_end_string="%>",
    comment_start_string="<%#",
    comment_end_string="%>",
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    # Neither HTML nor XML: what is filled in is checked where it is read.
    autoescape=False,
)


def template(name: str) -> str:
    """A template as it stands.

    Args:
        name: as in "gradescope/setup.sh".
    """
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def rendered(name: str, **values: object) -> str:
    """A template with its values.

    Args:
        name: as in "github/grade.yml".
        values: for its places, all of them.
    """
    return _ENVIRONMENT.get_template(name).render(values)
