from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graders.proctor import CallRecord, peak


def call(began: float, ended: float | None) -> CallRecord:
    return CallRecord("call", {}, began, ended=ended)


def test_calls_that_touch_do_not_overlap() -> None:
    assert peak([call(0, 2), call(2, 4)]) == 1


def test_calls_that_share_an_instant_overlap() -> None:
    assert peak([call(0, 2), call(1, 3), call(1.5, 1.75)]) == 3


def test_a_call_without_an_end_is_in_flight_for_ever() -> None:
    assert peak([call(0, None), call(100, 101)]) == 2


def test_calls_without_duration_at_one_instant_overlap() -> None:
    assert peak([call(1, 1), call(1, 1)]) == 2


def test_no_calls_have_no_peak() -> None:
    assert peak([]) == 0


spans = st.tuples(st.integers(0, 20), st.integers(1, 10)).map(
    lambda span: (span[0], span[0] + span[1])
)


@given(st.lists(spans, max_size=12))
def test_the_peak_is_the_most_calls_in_any_instant(
    spans: list[tuple[int, int]],
) -> None:
    most = max(
        (
            sum(began <= instant < ended for began, ended in spans)
            for instant in range(31)
        ),
        default=0,
    )
    assert peak([call(*span) for span in spans]) == most
