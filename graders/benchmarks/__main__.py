"""What grading costs, in one table: `python -m graders.benchmarks`.

Every figure stands beside its limit, or beside that of a rival in the same run. On a
machine that does something else meanwhile the ratios to a limit say little. It fails on
nothing.
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from graders.benchmarks.measures import MEASURES, Measure


def row(one: Measure) -> list[str]:
    """The cells of a measure."""
    aim = f"{'at least' if one.more else 'at most'} {one.aim:g}"
    return [
        one.what,
        f"{one.figure:.3g} {one.unit}",
        f"{one.other:.3g} {one.unit}",
        one.against,
        f"{one.ratio:.2f}",
        aim,
        "" if one.is_met else "missed",
    ]


def main() -> None:
    """Measure everything, and print it."""
    table = Table("measure", "here", "against", "which is", "ratio", "aim", "")
    for column in table.columns:
        column.no_wrap = True
    for measures in MEASURES:
        for one in measures():
            table.add_row(*row(one))
    # Whole lines, also where they are kept in a file.
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
