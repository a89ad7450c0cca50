"""Workflows and jobs that grade submissions where learners cannot touch them."""

from __future__ import annotations

from collections.abc import Sequence

from graders.packs._settings import Settings
from graders.packs._templates import rendered
from graders.proctor import Kata

_GITHUB = {
    ".github/workflows/grade.yml": "grade.yml",
    ".github/workflows/pull-request.yml": "pull-request.yml",
    ".github/workflows/class.yml": "class.yml",
    ".github/GRADING.md": "GRADING.md",
}
_GITLAB = {
    "grade.gitlab-ci.yml": "grade.gitlab-ci.yml",
    "GRADING.md": "GRADING.md",
}


def github_files(katas: Sequence[Kata], settings: Settings) -> dict[str, str]:
    """Workflows for GitHub Actions, and how to set them up.

    Returns:
        Content by name.
    """
    return _rendered("github", _GITHUB, katas, settings)


def gitlab_files(katas: Sequence[Kata], settings: Settings) -> dict[str, str]:
    """Jobs for GitLab CI, and how to set them up.

    Returns:
        Content by name.
    """
    return _rendered("gitlab", _GITLAB, katas, settings)


def _rendered(
    folder: str, names: dict[str, str], katas: Sequence[Kata], settings: Settings
) -> dict[str, str]:
    return {
        name: rendered(
            f"{folder}/{source}",
            katas=katas,
            seed=settings.seed,
            feedback=settings.feedback,
            sandbox=settings.sandbox,
        )
        for name, source in names.items()
    }
