"""An order pipeline: what its metrics say, against what really happened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from graders.proctor import (
    FREEDOMS,
    Ask,
    CallRecord,
    Exam,
    Exchange,
    Observation,
    Raises,
    Reply,
    Site,
    check,
    every_schedule,
    seconds,
)

# The name of each step in the metrics, and its function.
_STEPS = {
    "validate": "validate_order",
    "price": "price_order",
    "reserve": "reserve_stock",
}
_NUMBERS = ("count", "errors", "last", "max")
_GOODS = ("MUG", "PEN", "BAG", "CAP", "LAMP", "VASE")

# What Python's clocks are called, good and bad ones.
_CLOCKS = ("time", "perf_counter", "monotonic", "process_time", "now", "utcnow")

Order = dict[str, Any]


def world(exam: Exam) -> None:
    cents, batch = exam.random.randrange(90, 990), exam.random.randrange(16**4)
    exam.services.price_order.answers(lambda sku, quantity: cents * quantity)
    exam.services.reserve_stock.answers(
        lambda sku, quantity: f"{batch:04x}-{sku}-{quantity}"
    )


def _orders(exam: Exam, count: int) -> list[Order]:
    """Orders, no two of the same goods."""
    return [
        {
            "sku": f"{exam.random.choice(_GOODS)}-{number}",
            "quantity": exam.random.randint(2, 40),
        }
        for number in exam.random.sample(range(100, 999), count)
    ]


def _take(exam: Exam, validate: float, price: float, reserve: float) -> None:
    """How long the steps take from now on, in seconds."""
    exam.services.validate_order.takes(validate)
    exam.services.price_order.takes(price)
    exam.services.reserve_stock.takes(reserve)


def _take_each(exam: Exam, seconds: dict[str, tuple[float, float, float]]) -> None:
    """How long the steps of each order take: goods -> seconds of the three steps."""
    nothing = (0.0, 0.0, 0.0)
    for place, function in enumerate(_STEPS.values()):
        # Somebody may ask for goods that nobody ordered.
        getattr(exam.services, function).takes(
            lambda sku, place=place, **_: seconds.get(str(sku), nothing)[place]
        )


def _fail(exam: Exam, step: str, order: Order) -> None:
    """Let a step fail for an order, and for nobody else."""
    service = getattr(exam.services, _STEPS[step])

    def behaviour(sku: str, quantity: int) -> Any:
        if sku == order["sku"]:
            raise Raises("StepFailed", "not today")
        return {"validate": None, "price": 100 * quantity, "reserve": f"R-{sku}"}[step]

    service.answers(behaviour)


def _start(exam: Exam, order: Order) -> Exchange:
    return exam.start("POST", "/orders", json=order)


async def _place(exam: Exam, order: Order) -> Exchange:
    """Place an order that must succeed, and let everything come to rest."""
    exchange = _start(exam, order)
    exam.expect_status(await exchange.reply(), 201)
    await exam.settle()
    return exchange


def _duration(call: CallRecord) -> float:
    return 0.0 if call.ended is None else call.ended - call.began


def _truth(calls: list[CallRecord]) -> dict[str, float]:
    """What the metrics of a step have to say after these calls."""
    ended = [call for call in calls if not call.in_flight]
    return {
        "count": len(ended),
        "errors": sum(call.outcome != "answered" for call in ended),
        "last": _duration(max(ended, key=lambda call: call.left)) if ended else 0.0,
        "max": max(map(_duration, ended), default=0.0),
        "in_progress": len(calls) - len(ended),
    }


def _last(calls: list[CallRecord]) -> list[float]:
    """How long the calls took that ended last: there may be several at a moment."""
    ended = [call for call in calls if call.ended is not None]
    latest = max((call.ended or 0.0 for call in ended), default=0.0)
    return [_duration(call) for call in ended if call.ended == latest]


async def _expect_metrics(exam: Exam, when: str, *numbers: str) -> None:
    """The metrics say of every step what really happened."""
    reply = await exam.get("/metrics")
    _expect_told(exam, reply, exam.services.calls, when, *numbers)


def _expect_told(
    exam: Exam, reply: Reply, happened: list[CallRecord], when: str, *numbers: str
) -> None:
    """The reply says of every step what happened."""
    exam.expect_status(reply, 200)
    body = exam.json_of(reply)
    for step, function in _STEPS.items():
        calls = [call for call in happened if call.name == function]
        truth = _truth(calls)
        own = body.get(step) if isinstance(body, dict) else None
        own = own if isinstance(own, dict) else {}
        for number in numbers:
            saw = own.get(number)
            if _same(saw, truth[number]):
                continue
            if number == "last" and any(_same(saw, one) for one in _last(calls)):
                continue
            exam.fail(
                f"`{step}.{number}` is {_shown(number, truth[number])} {when}",
                _shown(number, saw),
                advice=_advice(number, saw, truth[number]),
                site=(_site(exam, own, number, calls) if number in own else None)
                or exam.answer(reply.run, number),
                timeline=happened,
            )


def _site(
    exam: Exam, own: dict[str, Any], number: str, calls: list[CallRecord]
) -> Site | None:
    """The line that keeps a wrong number, or the call that it is wrong about."""
    call = calls[-1].site if calls else None
    kept = [call, *exam.code.gives(number), *exam.code.sets(number)][-1]
    if own.get("in_progress") == 0 and any(one.in_flight for one in calls):
        # The measuring was over before the call.
        return call
    if number == "errors" and kept is not None:
        return exam.code.handler(kept) or kept
    if number in ("count", "in_progress") and calls[-1:]:
        return _let_past(exam, calls[-1]) or kept
    if number == "last" and calls:
        return _site_of_duration(exam, own.get(number), calls, kept)
    return kept


def _let_past(exam: Exam, call: CallRecord) -> Site | None:
    """The clause for all that a call raises, which does not see that it is cancelled.

    In the endpoint it is the answer that such a clause is about, and no number.
    """
    if call.outcome != "cancelled" or call.site is None:
        return None
    clauses = exam.code.guards(call.site) or exam.code.clauses(call.site)
    seeing = exam.code.handlers("BaseException", "CancelledError", raising=True)
    blind = exam.code.handlers("Exception", raising=True)
    answering = exam.code.beside(exam.endpoint(call.run or 0), clauses)
    found = [one for one in clauses if one in blind and one not in answering]
    return found[0] if found and not set(clauses) & set(seeing) else None


def _site_of_duration(
    exam: Exam, saw: object, calls: list[CallRecord], kept: Site | None
) -> Site | None:
    """Of a wrong `last`: the line that keeps it, that began it, or the call."""
    last = max(calls, key=lambda call: call.left)
    if saw == 0 or _took(calls, saw) or _in_ms(saw, _duration(last)):
        # It is an old one, or a right one in another unit.
        return kept
    instant = last.run, last.began
    if _took([one for one in exam.calls if (one.run, one.began) == instant], saw):
        # It is the duration of the step beside.
        return last.site
    clocks = exam.code.calls(*_CLOCKS)
    return [*(read for read in clocks if read not in exam.code.gives("last")), kept][0]


def _took(calls: list[CallRecord], seconds: object) -> bool:
    """Whether one of these calls took so long."""
    return any(_same(seconds, _duration(call)) for call in calls)


def _in_ms(saw: object, value: float) -> bool:
    return value != 0 and _same(saw, 1_000 * value)


def _advice(number: str, saw: object, value: float) -> str:
    """What to look at when it is not what the check's hint is about."""
    if _in_ms(saw, value):
        return "In which unit is a duration asked for, and in which do you keep it?"
    if number == "max":
        # What the last call took has been right: it is looked at first.
        return "Which durations does your code compare for `max`?"
    return ""


def _same(saw: object, value: float) -> bool:
    if isinstance(saw, bool) or not isinstance(saw, int | float):
        return False
    # A difference of two readings of a clock is never quite round. To the millisecond,
    # up or down: sums of 1/64 s lie further apart, but also half-way between two.
    return round(abs(saw - value), 6) <= 0.001


def _shown(number: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "missing" if value is None else f"{value!r}"[:40]
    if number not in ("last", "max"):
        return f"{value:g}"
    # So little is what the processor needs, and that is never twice the same.
    return "hardly any time" if 0 < abs(value) < 0.05 else f"{value:g} s"


@check(
    "awaits",
    points=2,
    hint="Measuring a call must not change what it returns: follow the price and the "
    "reservation from their step to the answer.",
)
async def test_an_order_answers_with_what_its_steps_returned(exam: Exam) -> None:
    """An order runs each step once and answers with what they returned."""
    (order,) = _orders(exam, 1)
    cents = exam.random.randrange(1_000, 90_000)
    reservation = f"N{exam.random.randrange(10**6)}"
    exam.services.price_order.answers(cents)
    exam.services.reserve_stock.answers(reservation)
    _take(exam, 1.0, 2.0, 3.0)

    exchange = _start(exam, order)
    reply = await exchange.reply()

    exam.expect_status(reply, 201)
    for function in _STEPS.values():
        calls = exam.calls.of(function)
        exam.expect(
            [call.arguments for call in calls] == [order],
            f"one call of {function}, with the sku and the quantity of the order",
            f"{len(calls)} calls" if len(calls) != 1 else f"{calls[0].arguments}",
            site=(calls[-1].site if calls else None) or exam.endpoint(reply.run),
            timeline=exam.services.calls,
        )
    exam.expect_json(
        reply, {"price": cents, "reservation": reservation}, source="the step"
    )


@check(
    "errors",
    points=2,
    hint="Where does the clock start, where does it stop, and what has happened to "
    "the call in between?",
)
async def test_a_duration_runs_from_the_call_to_its_end(exam: Exam) -> None:
    """Every step's duration runs from its call to its end."""
    long, short, middle = _orders(exam, 3)
    before = await exam.get("/metrics")
    exam.expect_status(before, 200)
    zero = {"count": 0, "errors": 0, "last": 0.0, "max": 0.0, "in_progress": 0}
    exam.expect_json(before, dict.fromkeys(_STEPS, zero))
    shift = exam.random.choice((0.0, 0.25, 0.5))

    for order, takes, when in (
        (long, (1.25, 2.5, 3.125), "after the first order"),
        (short, (0.75, 1.5, 1.0), "after a quicker order"),
        (middle, (1.0, 2.0, 1.75), "after an order that is neither"),
    ):
        _take(exam, *(second + shift for second in takes))
        exchange = _start(exam, order)
        await exam.sleep(0.5)
        await _expect_metrics(exam, "while an order is validated", *_NUMBERS)
        exam.expect_status(await exchange.reply(), 201)
        await exam.settle()
        await _expect_metrics(exam, when, *_NUMBERS)


@check(
    "errors",
    points=2,
    hint="Which of your lines still run when the call raises?",
)
async def test_a_call_that_fails_is_counted_with_its_duration(exam: Exam) -> None:
    """A call that fails is counted, with its duration and as an error."""
    steps = exam.random.sample(tuple(_STEPS), 3)
    for order, step in zip(_orders(exam, 3), steps, strict=True):
        _fail(exam, step, order)
        # The longest so far, and where another step runs beside it, the last to end.
        slow = 4.0 + exam.random.choice((0.0, 0.25, 0.5))
        seconds = {"validate": 1.0, "price": 1.5, "reserve": 2.0, step: slow}
        _take(exam, **seconds)

        await _start(exam, order).reply()
        await exam.settle()

        await _expect_metrics(exam, f"after {_STEPS[step]} has failed", *_NUMBERS)


@check(
    "errors",
    points=2,
    hint="What is raised inside a call that is cancelled, and is it an `Exception`?",
)
async def test_a_call_that_is_cancelled_is_counted_too(exam: Exam) -> None:
    """A call that is cancelled is counted, with its duration and as an error."""
    first, second = _orders(exam, 2)

    _take(exam, 5.0, 1.0, 1.0)
    await _cancel_after(exam, first, exam.random.choice((2.0, 2.5, 3.0)))
    await _expect_metrics(exam, "after a cancelled call", *_NUMBERS)

    _take(exam, 1.0, 6.0, 7.0)
    await _cancel_after(exam, second, exam.random.choice((3.0, 3.5, 4.0)))
    await _expect_metrics(exam, "after two cancelled calls at once", *_NUMBERS)


async def _cancel_after(exam: Exam, order: Order, seconds: float) -> None:
    """Place an order, and give the request up while its steps run."""
    exchange = _start(exam, order)
    await exam.sleep(seconds)
    exchange.cancel()
    await exam.settle()


@check(
    "errors",
    points=2,
    hint="Somebody may set the clock on the wall; which of Python's clocks can nobody "
    "set?",
)
async def test_setting_the_clock_does_not_change_a_duration(exam: Exam) -> None:
    """When somebody sets the machine's clock, durations stay right."""
    (order,) = _orders(exam, 1)
    _take(exam, 2.0, 2.5, 4.5)

    exchange = _start(exam, order)
    await exam.sleep(1.0)
    exam.move_date(exam.random.choice((1.0, -1.0)) * exam.random.randint(600, 3_600))
    await exam.sleep(2.0)
    exam.move_date(exam.random.choice((1.0, -1.0)) * exam.random.randint(30, 90))
    exam.expect_status(await exchange.reply(), 201)
    await exam.settle()

    await _expect_metrics(exam, "although the date was set meanwhile", *_NUMBERS)


@check(
    "errors",
    points=1,
    hint="Does the error of a step still reach the code that answers, with the "
    "measuring around it?",
)
async def test_a_step_that_fails_is_a_bad_gateway(exam: Exam) -> None:
    """When a step fails the order is a 502, and the next one can be placed."""
    *orders, both, fine = _orders(exam, 5)
    for order, step in zip(orders, _STEPS, strict=True):
        _fail(exam, step, order)
        reply = await _start(exam, order).reply()
        if reply.status == 201:
            caught = exam.code.handlers("StepFailed", "Exception", "BaseException")
            site = [*caught, exam.answer(reply.run)][0]
            exam.fail(f"{reply.request} answers 502", "201", site=site)
        exam.expect_status(reply, 502)
        await exam.settle()
    # Two at the same moment.
    for step in ("price", "reserve"):
        _fail(exam, step, both)
    exam.expect_status(await _start(exam, both).reply(), 502)
    await exam.settle()
    await _place(exam, fine)


@check(
    "concurrency",
    points=2,
    hint="Pricing needs nothing from reserving. What keeps the second of them from "
    "starting with the first?",
)
async def test_price_and_reserve_run_at_the_same_time(exam: Exam) -> None:
    """Pricing and reserving run at the same time, after validating."""
    (order,) = _orders(exam, 1)
    _take(exam, 1.0, 2.0, 3.0)

    reply = await _start(exam, order).reply()

    exam.expect_status(reply, 201)
    _expect_validated_first(exam)
    exam.expect_took(reply, 4.0)


def _expect_validated_first(exam: Exam) -> None:
    """Nothing begins before the order's validation has ended.

    Where validation was the first to begin, the line that began it has not waited for
    it; else the line is shown that began something before.
    """
    validations = exam.calls.of("validate_order")
    validated = min((call.left for call in validations), default=0)
    for call in exam.calls.of("price_order", "reserve_stock"):
        unawaited = [one for one in validations if one.entered < call.entered]
        exam.expect(
            call.entered > validated,
            f"{call.name} begins once the order has been validated",
            "it began before",
            advice="What has to be known of an order before it is priced and its "
            "goods are reserved?",
            site=(unawaited or [call])[0].outermost,
            timeline=exam.services.calls,
        )


@check(
    "concurrency",
    points=3,
    hint="Where does each call keep the time at which it began? Two calls of one step "
    "may be running at once.",
)
async def test_the_durations_of_overlapping_orders_do_not_mix(exam: Exam) -> None:
    """Orders overlap: none waits for another, and their durations do not mix."""
    outer, inner, early, late = _orders(exam, 4)
    _take_each(
        exam,
        {
            outer["sku"]: (4.0, 3.0, 5.0),
            inner["sku"]: (1.0, 2.0, 1.5),
            early["sku"]: (3.0, 2.0, 2.5),
            late["sku"]: (3.5, 3.25, 3.75),
        },
    )

    # One begins and ends within the other; then both begin and end in turn.
    for pair, took, when in (
        ((outer, inner), (9.0, 3.0), "after an order within another"),
        ((early, late), (5.5, 7.25), "after two orders that overlap"),
    ):
        one = _start(exam, pair[0])
        await exam.sleep(1.0)
        other = _start(exam, pair[1])
        replies = await asyncio.gather(one.reply(), other.reply())
        for reply, due in zip(replies, took, strict=True):
            exam.expect_status(reply, 201)
            exam.expect_took(
                reply,
                due,
                advice="Which step of an order waits for which other one, and what "
                "else does an order wait for?",
            )
        await exam.settle()
        await _expect_metrics(exam, when, *_NUMBERS)


@check(
    "blocking",
    points=2,
    hint="What does `/metrics` wait for, and why is it not to be had while a step is "
    "running?",
)
async def test_metrics_answer_while_steps_are_running(exam: Exam) -> None:
    """`/metrics` answers at once while steps are running."""
    early, *orders = _orders(exam, 3)
    await _place(exam, early)

    with exam.services.price_order.gate(), exam.services.reserve_stock.gate():
        running = [_start(exam, order) for order in orders]
        await exam.settle()
        reply = await exam.get("/metrics")

    exam.expect_status(reply, 200)
    exam.expect_took(reply, 0.0)
    for exchange in running:
        exam.expect_status(await exchange.reply(), 201)


@check(
    "resources",
    points=3,
    hint="Two calls of a step may run at once, and every call that counts itself in "
    "has to count itself out, whichever way it ends.",
)
async def test_in_progress_counts_the_calls_that_are_running(exam: Exam) -> None:
    """`in_progress` counts the calls that run now; in the end it is 0 again."""
    one, other, failing, cancelled = _orders(exam, 4)
    _take(exam, 1.0, 2.0, 3.0)

    await _expect_metrics(exam, "before the first order", "in_progress")
    placed = [_start(exam, one), _start(exam, other)]
    await exam.calls_in_flight(2, "validate_order")
    await _expect_metrics(exam, "as soon as two orders are there", "in_progress")
    await exam.sleep(0.5)
    await _expect_metrics(exam, "while two orders are validated", "in_progress")
    await exam.sleep(2.0)
    await _expect_metrics(exam, "while two orders are priced", "in_progress")
    for exchange in placed:
        exam.expect_status(await exchange.reply(), 201)
    await exam.settle()
    await _expect_metrics(exam, "after two orders", "in_progress")

    _fail(exam, exam.random.choice(tuple(_STEPS)), failing)
    await _start(exam, failing).reply()
    await exam.settle()
    await _expect_metrics(exam, "after a call has failed", "in_progress")

    await _cancel_after(exam, cancelled, exam.random.choice((0.5, 2.5)))
    await _expect_metrics(exam, "after a call was cancelled", "in_progress")


@check(
    "resources",
    points=1,
    hint="What becomes of the other step when one has failed, and who still knows of "
    "it when the service stops?",
)
async def test_no_step_outlives_the_service(exam: Exam) -> None:
    """When the service stops, no step of an order that has failed is left running."""
    (order,) = _orders(exam, 1)
    failing, beside = exam.random.sample(("price", "reserve"), 2)
    _fail(exam, failing, order)
    _take(exam, **{"validate": 0.5, failing: 1.0, beside: 6.0})

    exchange = _start(exam, order)
    exam.expect_status(await exchange.reply(), 502)
    await exchange.returns()
    await exam.lifespan.stop()

    for call in exam.services.calls:
        exam.expect(
            not call.in_flight,
            f"{call.name} has ended when the service has stopped",
            "it was still running",
            site=call.site,
            timeline=exam.services.calls,
        )


# --- whatever the schedule ------------------------------------------------------------


@dataclass(frozen=True)
class Placing:
    """An order is placed at this moment (s), and given up so long afterwards."""

    at: float
    cancelled: float | None = None

    def __post_init__(self) -> None:
        if self.cancelled == 0:
            raise ValueError("given up before it is placed")


@dataclass(frozen=True)
class Goods:
    """What is ordered, perhaps several times; how long its steps take, which fail."""

    sku: str
    quantity: int
    validate: float
    price: float
    reserve: float
    placings: tuple[Placing, ...]
    failing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Day:
    """Orders, and when the metrics are read and the date is set meanwhile."""

    goods: tuple[Goods, ...]
    reads: tuple[float, ...]
    set_at: float | None = None


def drawn_days(draw: Random) -> Day:
    # Often several at the same moment.
    moments = [seconds(draw, 3) for _ in range(3)]
    skus = [f"{kind}-{draw.randint(100, 999)}" for kind in draw.sample(_GOODS, 2)]
    # Often of the same length, or of none.
    lengths = 0.0, seconds(draw, 3)
    rush = 24 if draw.random() < 0.2 else 0

    def takes() -> float:
        return draw.choice(lengths) if draw.random() < 0.3 else seconds(draw, 3)

    def placing() -> Placing:
        given_up = seconds(draw, 4) + 1 / 128 if draw.random() < 0.2 else None
        return Placing(draw.choice(moments), given_up)

    def goods(quantity: int, times: int) -> Goods:
        failing = draw.sample(tuple(_STEPS), draw.choice((0, 0, 0, 1, 2)))
        return Goods(
            draw.choice(skus),
            quantity,
            validate=takes(),
            price=takes(),
            reserve=takes(),
            placings=tuple(placing() for _ in range(times)),
            failing=tuple(failing),
        )

    quantities = draw.sample(range(2, 40), draw.randint(1, 3))
    often = [draw.randint(1, 2) for _ in quantities]
    # Also right before and right after an order is placed.
    placed = draw.choice(moments)
    return Day(
        tuple(map(goods, quantities, [rush or often[0], *often[1:]])),
        (
            *(seconds(draw, 8) + 1 / 256 for _ in range(2)),
            max(0.0, placed - 1 / 256),
            placed + 1 / 256,
        ),
        seconds(draw, 6) if draw.random() < 0.3 else None,
    )


def _behave(exam: Exam, day: Day) -> None:
    """Each step does for each order what the day has for it."""
    plans = {(goods.sku, goods.quantity): goods for goods in day.goods}
    nothing = Goods("", 0, 0, 0, 0, ())
    for step, function in _STEPS.items():

        def answer(sku: str, quantity: int, step: str = step) -> Any:
            if step in plans.get((sku, quantity), nothing).failing:
                raise Raises("StepFailed", "not today")
            return _result(step, sku, quantity)

        service = getattr(exam.services, function)
        service.answers(answer).takes(
            lambda sku, quantity, step=step: getattr(
                plans.get((sku, quantity), nothing), step
            )
        )


def _result(step: str, sku: str, quantity: int) -> Any:
    """What a step returns; other orders have other results."""
    cents = 1_000 * quantity + sum(map(ord, sku)) % 1_000
    return {"validate": None, "price": cents, "reserve": f"R-{sku}-{quantity}"}[step]


@every_schedule(
    "concurrency",
    points=2,
    hint="What do two calls of a step share, while both are running?",
    plans=drawn_days,
    # How soon a 502 comes, and what becomes of the step beside, is open.
    free=FREEDOMS,
    stops=True,
)
async def test_the_metrics_say_what_happened_on_any_day(
    exam: Exam, plan: Day
) -> Observation:
    """Each order has its own answer, on time, and the metrics say what happened"""
    _behave(exam, plan)
    placed = [(goods, one) for goods in plan.goods for one in goods.placings]
    if plan.set_at is not None:
        by = exam.random.choice((-1, 1)) * 900.0
        asyncio.get_running_loop().call_later(plan.set_at, exam.move_date, by)
    orders = [
        Ask(
            "POST",
            "/orders",
            one.at,
            json={"sku": goods.sku, "quantity": goods.quantity},
            cancelled=one.cancelled,
        )
        for goods, one in placed
    ]
    reads = [Ask("GET", "/metrics", at) for at in plan.reads]
    seen = await exam.carry_out([*orders, *reads])
    for reply in seen.replies[len(orders) :]:
        assert reply is not None
        _expect_metrics_then(exam, reply)
    for (goods, placing), reply in zip(placed, seen.replies, strict=False):
        if placing.cancelled is None:
            assert reply is not None
            _expect_order(exam, goods, reply)
    await _expect_metrics(exam, "after these orders", *_NUMBERS, "in_progress")
    return seen


def _expect_metrics_then(exam: Exam, reply: Reply) -> None:
    """The metrics were right at that moment, unless something happened just then."""
    at, calls = reply.began, exam.services.calls
    if any(at in (call.began, call.ended) for call in calls):
        return
    happened = [
        call
        if call.ended is not None and call.ended < at
        else replace(call, ended=None, outcome="", left=0)
        for call in calls
        if call.began < at
    ]
    when = "while orders are being placed"
    _expect_told(exam, reply, happened, when, *_NUMBERS, "in_progress")


def _expect_order(exam: Exam, goods: Goods, reply: Reply) -> None:
    """What came of one order, with nothing of another one in it."""
    exam.expect_status(reply, 502 if goods.failing else 201)
    if goods.failing:
        return
    exam.expect_took(reply, goods.validate + max(goods.price, goods.reserve))
    own = [call for call in exam.services.calls if call.run == reply.run]
    order = {"sku": goods.sku, "quantity": goods.quantity}
    foreign = [call.site for call in own if call.arguments != order]
    exam.expect(
        not foreign,
        f"{reply.request} works on its own order",
        "it was called with another one",
        site=foreign[0] if foreign else None,
        timeline=own,
    )
    price, reservation = (
        _result(step, goods.sku, goods.quantity) for step in ("price", "reserve")
    )
    exam.expect_json(
        reply, {"price": price, "reservation": reservation}, source="the step"
    )
