"""The table of the corpus: what each hostile submission gets, and what is told.

A file of `reference/hostile` holds a trick, and a line `# <app>` where an application
is put: on one kata its stub, which solves nothing, on the other the solution.
"""

from __future__ import annotations

from dataclasses import dataclass

from graders.proctor import Options
from graders.proctor.hosts.link import MOST_TURNS

# The first is not solved: its stub is put into the trick. The other one is.
UNSOLVED = "no_blocking_sleep"
SOLVED = "gather_the_dashboard"


@dataclass(frozen=True)
class Row:
    """What one file of the corpus gets.

    Attributes:
        file: its name without `.py`; the number behind "row" is the row's.
        status: a regular expression for that of the verdict, on both katas unless
            `harmless`.
        says: a regular expression that some sentence for the learner matches.
        said_on: the kata whose suite brings the sentence out.
        harmless: a right application with this trick still has full marks.
        answers: it answers requests itself, and may be right now and then.
        katas: where it is graded; one only where it costs real seconds.
        cpu: seconds of computing that a turn may take; fewer where it has no end.
        turns: how many it may take in one virtual second; fewer where they never end.
    """

    file: str
    status: str = "failed"
    says: str = ""
    harmless: bool = False
    answers: bool = False
    said_on: str = UNSOLVED
    katas: tuple[str, ...] = (UNSOLVED, SOLVED)
    cpu: float = Options.cpu
    turns: int = MOST_TURNS


def _at_import(file: str, says: str, status: str = "not loaded") -> Row:
    return Row(file, status, says)


def _harmless(file: str) -> Row:
    return Row(file, harmless=True)


_IMPORTED = r" while it was imported, before any check ran\.$"

ROWS = (
    Row(
        "row01_exit_at_import",
        "crashed",
        r"^Your program ended itself \(exit 0\)" + _IMPORTED,
    ),
    _at_import(
        "row02_quit_at_import",
        r"^app\.py:2 ends the program while it is imported \(SystemExit: 0\)$",
    ),
    Row("row03_system_exit_in_lifespan", says="^startup raised SystemExit: 0$"),
    Row(
        "row04_system_exit_in_an_endpoint",
        says="^500, because SystemExit was raised: 0$",
    ),
    _harmless("row05_writes_results_at_exit"),
    Row("row06_hangs_at_the_end", says=r"^the thread .* was still running"),
    _harmless("row07_patches_test_frameworks"),
    _harmless("row08_patches_libraries"),
    Row("row08_patches_builtins"),
    Row("row09_always_equal", answers=True),
    Row("row10_lies_about_its_class", answers=True),
    _at_import(
        "row11_raises_skipped",
        r"^app\.py:4 raised while it was imported: Skipped: nothing to see here$",
    ),
    Row(
        "row11_raises_exit_in_an_endpoint",
        says="^500, because Exit was raised: all passed$",
    ),
    _at_import("row22_raises_what_it_can_see", r"File \"__main__\.py\", line"),
    Row("row25_canned_answers", says="^it was never asked$", answers=True),
    Row("row26_repeats_its_first_answer"),
    _harmless("row27_prints_results"),
    Row(
        "row28_writes_to_the_channel",
        "tampered",
        r"^Unexpected data on the grader's channel during a check\.$",
    ),
    _harmless("row28_moves_the_time"),
    Row("row28_is_never_quiet", says=r"^0 x{900,}$"),
    Row(
        "row28_says_too_much",
        says="^Your program made more than 20,000 calls and other steps in one check",
    ),
    Row(
        "row28_fills_one_message",
        says="^Your program sent more than 3 MB at once and was stopped",
    ),
    Row("row29_patches_asyncio", says="^10 s$", said_on=SOLVED),
    _harmless("row30_stops_the_clock"),
    Row(
        "row31_answers_before_it_works",
        says="its call was still in flight",
        said_on=SOLVED,
        answers=True,
    ),
    Row("row32_sleeps_on_the_loop", says=r"^time\.sleep held it up$"),
    _harmless("row33_works_in_threads"),
    _at_import(
        "row34_serves_at_import",
        "^Start no server and no event loop while the module is imported",
    ),
    Row(
        "row34_runs_a_loop_in_a_loop",
        says=r"asyncio\.run\(\) cannot be called from a running event loop",
    ),
    Row(
        "row35_endless_startup",
        says=r"^a deadlock: app\.py:\d+ waits for ever \(Event\.wait\)$",
    ),
    Row(
        "row35_endless_shutdown",
        says=r"^a deadlock: app\.py:\d+ waits for ever \(Event\.wait\)$",
        said_on=SOLVED,
    ),
    Row(
        "row36_while_true_at_import",
        "timed out",
        r"computed for 2 s without an end and was stopped at app\.py:2" + _IMPORTED,
        katas=(UNSOLVED,),
        cpu=2.0,
    ),
    Row(
        "row36_endless_in_c",
        "timed out",
        "computed for 2 s without an end and was stopped" + _IMPORTED,
        katas=(UNSOLVED,),
        cpu=2.0,
    ),
    Row(
        "row36_tiny_sleeps",
        says=r"went on and on without an end and was stopped at app\.py:\d+ during",
        katas=(UNSOLVED,),
        turns=2_000,
    ),
    Row(
        "row37_swallows_cancellation",
        says=r"^none within two hours: app\.py:\d+ goes on and on$",
        katas=(UNSOLVED,),
    ),
    Row("row38_leaves_things_behind", says="^the task worker was still running$"),
    Row(
        "row39_errors_that_cannot_be_shown",
        says="^500, because BaseExceptionGroup was raised: several",
    ),
    _at_import("row39_errors_at_import", r"\(its text could not be shown\)$"),
    Row(
        "row40_interrupts_itself",
        says="^An error that stops the event loop itself, such as KeyboardInterrupt",
    ),
    Row("row40_raises_what_loops_understand", says="because GeneratorExit was raised"),
    Row(
        "row41_kills_itself",
        "crashed",
        r"^Your program ended by signal 9 \(SIGKILL\)" + _IMPORTED,
    ),
    Row(
        "row41_stops_itself",
        "timed out",
        r"^Your program stopped itself by a signal \(SIGSTOP\)" + _IMPORTED,
    ),
    _harmless("row41_signals_its_parents"),
    _harmless("row41_has_the_kernel_send_signals"),
    Row(
        "row42_segfault",
        "crashed",
        r"^Python itself crashed by signal 11 \(SIGSEGV\)" + _IMPORTED,
    ),
    _at_import(
        "row43_recursion",
        r"^app\.py:5 raised while it was imported: RecursionError: maximum recursion",
    ),
    Row(
        "row43_recursion_without_limit",
        # Python 3.13.0 itself does not always survive to raise the MemoryError.
        "out of memory|crashed",
        r"^app\.py:\d+ .*MemoryError|^Python itself crashed by signal 11",
    ),
    Row("row44_takes_all_memory", "out of memory", r"^app\.py:4 .*MemoryError"),
    Row("row44_memory_in_an_endpoint", katas=(UNSOLVED,)),
    Row("row44_format_blow_up", "out of memory", r"^app\.py:2 .*MemoryError"),
    _harmless("row45_forks"),
    Row("row45_threads", katas=(UNSOLVED,)),
    Row(
        "row45_threads_with_small_stacks",
        "crashed",
        "^Your program ran more than 256 threads at once" + _IMPORTED,
        katas=(UNSOLVED,),
    ),
    _harmless("row46_daemon"),
    Row(
        "row47_fills_the_disk",
        "crashed",
        "^Your program wrote more than 64 MB to disk" + _IMPORTED,
    ),
    Row(
        "row47_keeps_what_it_unlinks",
        "crashed",
        "^Your program wrote more than 64 MB to disk" + _IMPORTED,
        katas=(UNSOLVED,),
    ),
    Row(
        "row47_writes_out_of_sight",
        "crashed",
        "^Your program made folders too deep to look into" + _IMPORTED,
        katas=(UNSOLVED,),
    ),
    Row(
        "row47_writes_in_short_turns",
        says="^Your program wrote more than 64 MB to disk",
        katas=(UNSOLVED,),
    ),
    Row(
        "row47_takes_all_names",
        "crashed",
        "^Your program made more than 10000 files" + _IMPORTED,
        katas=(UNSOLVED,),
    ),
    _harmless("row47_writes_elsewhere"),
    Row(
        "row48_takes_all_descriptors",
        says=r"because OSError was raised: \[Errno 24\] Too many open files",
    ),
    Row("row48_closes_all_descriptors", says="^Your program"),
    _harmless("row49_floods_the_output"),
    Row("row50_endless_body", says="the response is longer than 1 MB"),
    Row(
        "row50_slow_drip",
        says=r"^none within two hours: app\.py:\d+ goes on and on$",
    ),
    Row("row50_a_million_headers", says="more than 1000 headers"),
    Row(
        "row51_body_before_start",
        says="sent 'http.response.body' where 'http.response.start' belongs",
    ),
    Row(
        "row51_two_responses",
        says="the application started a second response",
        said_on=SOLVED,
    ),
    Row("row52_json_that_is_none", says="NaN is not JSON", answers=True),
    _at_import(
        "row55_app_of_another_name",
        "^app.py has no application named `app`; found one named `service`$",
    ),
    _at_import(
        "row57_missing_library",
        r"^app\.py:2: ModuleNotFoundError: No module named 'pandas'$",
    ),
    _harmless("row62_waits_for_the_next_one"),
    _at_import("row63_starts_programs", "^A submission starts no programs"),
    _harmless("row63_shell"),
    _harmless("row64_tosses_a_coin"),
    _harmless("row65_talks_to_the_grader"),
)

# Files whose tests stand elsewhere in this folder.
PROBES = (
    "row19_reads_files",
    "row20_searches_memory",
    "row21_uses_descriptors",
    "row23_uses_the_network",
    "row24_looks_for_the_grader",
)
FORGERS = (
    "row28_silences_with_care",
    "row28_speaks_for_the_host",
    "row28_sends_nonsense",
)
