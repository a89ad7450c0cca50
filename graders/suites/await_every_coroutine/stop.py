"""What goes on of credits whose service stops."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.await_every_coroutine.world import SERVICES, Shop, crediting

# What sets a call going, and may leave it to itself.
_STARTS = ("create_task", "ensure_future", "shield", "start_soon")


@check(
    "resources",
    points=1,
    hint="What of yours goes on when its request is given up, and who waits for it "
    "when the service stops?",
    guard=True,
)
async def test_no_credit_goes_on_when_the_service_has_stopped(exam: Exam) -> None:
    """When the service has stopped, no credit goes on, however far it had come."""
    shop = Shop(exam)
    for name in SERVICES:
        getattr(exam.services, name).takes(2)
    exchanges = []
    # In the end each of them is in the middle of another call.
    for rest in (2, 2, 2, 1):
        credit = {"points": shop.credit()}
        exchanges.append(exam.start("POST", crediting(shop.basic()), json=credit))
        await exam.sleep(rest)

    for exchange in exchanges:
        # A thread cannot be cancelled, and the server waits for it.
        if not exam.has_plain_endpoints:
            exchange.cancel()
    for exchange in exchanges:
        await exchange.returns()
    await exam.lifespan.stop()

    for call in exam.services.calls:
        exam.expect(
            not call.in_flight,
            "every call has ended when the service has stopped",
            f"{call.name} was still in flight",
            site=[call.led_by(exam.code.calls(*_STARTS)), call],
            timeline=exam.services.calls,
        )
