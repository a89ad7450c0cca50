"""A small kata that is complete, for the tests of the tools that verify katas."""

from __future__ import annotations

from pathlib import Path

from graders.tests.plugin.project import (
    GIVEN,
    MANIFEST,
    SEQUENTIAL,
    SLUG,
    SOLUTION,
    STUB,
    SUITE,
)

BRIEF = """
# The tea room

`GET /breakfast` answers after exactly 3 s with 200, tea and toast, or with 503.
"""

EXAMPLE = '''
def test_tea_is_served() -> None:
    """Not run by any test here."""
'''

TASK_GROUP = SOLUTION.replace(
    "        return list(await asyncio.gather(brew(), toast()))\n    except NoTea:",
    """        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(brew()), group.create_task(toast())]
        return [task.result() for task in tasks]
    except* NoTea:""",
).replace(
    '        raise HTTPException(503, "There is no tea") from None',
    '        pass\n    raise HTTPException(503, "There is no tea")',
)

TASKS = SOLUTION.replace(
    "        return list(await asyncio.gather(brew(), toast()))",
    """        toasting = asyncio.create_task(toast())
        try:
            tea = await brew()
        finally:
            bread = await toasting
        return [tea, bread]""",
)

HANDLER = """
import asyncio

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from given import NoTea, brew, toast

app = FastAPI()


@app.exception_handler(NoTea)
async def no_tea(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "There is no tea"}, 503)


@app.get("/breakfast")
async def breakfast() -> list[str]:
    return list(await asyncio.gather(brew(), toast()))
"""

REJECTED = {
    "concurrency__one_after_the_other": SEQUENTIAL,
    "concurrency__awaits_the_task_at_once": SOLUTION.replace(
        "list(await asyncio.gather(brew(), toast()))",
        "[await asyncio.create_task(brew()), await toast()]",
    ),
    "concurrency__a_list_of_awaits": SOLUTION.replace(
        "list(await asyncio.gather(brew(), toast()))",
        "[await one() for one in (brew, toast)]",
    ),
    "errors__no_tea_is_404": SOLUTION.replace("503", "404"),
    "errors__catches_another_error": SOLUTION.replace("except NoTea", "except OSError"),
}

ACCEPTED = {
    "with_task_group": TASK_GROUP,
    "with_create_task": TASKS,
    "with_exception_handler": HANDLER,
}


def build_house(root: Path) -> Path:
    """Write the kata, its suite and its reference.

    Returns:
        The folder of its kata.
    """
    files = {
        f"suites/{SLUG}/__init__.py": SUITE,
        f"katas/{SLUG}/README.md": BRIEF,
        f"katas/{SLUG}/kata.toml": MANIFEST,
        f"katas/{SLUG}/given.py": GIVEN,
        f"katas/{SLUG}/app.py": STUB,
        f"katas/{SLUG}/test_example.py": EXAMPLE,
        f"reference/{SLUG}/solution.py": SOLUTION,
        **{f"reference/{SLUG}/accepted/{k}.py": text for k, text in ACCEPTED.items()},
        **{f"reference/{SLUG}/rejected/{k}.py": text for k, text in REJECTED.items()},
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return root / "katas" / SLUG
