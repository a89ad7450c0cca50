"""An autograder for Gradescope."""

from __future__ import annotations

import shlex

from graders.packs._autograding import never_graded
from graders.packs._graders import graders_files
from graders.packs._requirements import graders_requirements
from graders.packs._settings import Settings
from graders.packs._templates import template
from graders.proctor import Kata, Options
from graders.reports import reduced
from graders.reports.formats import FORMATS

# The platform's own limit is ten minutes unless it is raised; a bad submission with
# many endless loops takes one or two.
_SECONDS_AT_MOST = 480

_NO_REPORT = "Grading did not come to an end."


def gradescope_files(kata: Kata, settings: Settings) -> dict[str, str | bytes]:
    """The content of the zip that an instructor uploads.

    Returns:
        Content by name. `setup.sh` and `run_autograder` are at the top, as the
        platform wants them.

    Raises:
        PackError: the kata has no suite.
    """
    values = {
        "KATA": kata.slug,
        "FILE": kata.manifest.file,
        "SEED": settings.seed,
        "SANDBOX": settings.sandbox,
        "FEEDBACK": settings.feedback,
        "SECONDS_AT_MOST": str(_SECONDS_AT_MOST),
    }
    failed = never_graded(kata, _NO_REPORT, Options(seed=settings.seed))
    return {
        "setup.sh": template("gradescope/setup.sh"),
        "run_autograder": template("gradescope/run_autograder"),
        "settings.sh": "".join(
            f"{name}={shlex.quote(value)}\n" for name, value in values.items()
        ),
        "requirements.txt": graders_requirements(),
        "fallback.json": FORMATS["gradescope"].text(reduced(failed, settings.feedback)),
        **{
            f"grader/{name}": content for name, content in graders_files([kata]).items()
        },
    }
