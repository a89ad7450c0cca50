"""Pages that are asked for at any moment, of services that take any time and fail."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from graders.proctor import Ask, Exam, Observation, every_schedule, seconds
from graders.suites.gather_the_dashboard.world import (
    SERVICE_OF,
    SERVICES,
    Clinic,
    path,
)


@dataclass(frozen=True)
class Visit:
    """A page that is asked for.

    Attributes:
        at: when.
        patient, appointments, labs, billing: how long each service takes.
        down: the services that fail.
        known: whether there is such a patient.
        again: whether it is the page of the visit before, with all of its data.
        kin: whether it is somebody with the insurer of the visit before.
    """

    at: float
    patient: float
    appointments: float
    labs: float
    billing: float
    down: tuple[str, ...] = ()
    known: bool = True
    again: bool = False
    kin: bool = False

    def __post_init__(self) -> None:
        if self.down and not self.known:
            raise ValueError("either error would be right")


def _drawn_visits(draw: Random) -> tuple[Visit, ...]:
    return tuple(_drawn_visit(draw) for _ in range(draw.randint(1, 5)))


def _drawn_visit(draw: Random) -> Visit:
    outcome = draw.random()
    down = draw.sample(SERVICES, draw.randint(1, 4)) if outcome < 0.25 else []
    # What runs on after an error has ended before the next plan.
    most = 4 if down else draw.choice((4, 4, 90))
    takes = [seconds(draw, most) for _ in SERVICES]
    if draw.random() < (0.4 if down else 0.2):
        # They answer at the same moment, or at once.
        takes = [draw.choice((0.0, takes[0]))] * len(SERVICES)
    patient, appointments, labs, billing = takes
    return Visit(
        seconds(draw, 4),
        patient,
        appointments,
        labs,
        billing,
        tuple(down),
        known=outcome < 0.9,
        again=draw.random() < 0.2,
        kin=draw.random() < 0.3,
    )


@every_schedule(
    "concurrency",
    points=2,
    hint="What do two requests share in your module, while both wait?",
    plans=_drawn_visits,
    free=("ways of errors",),
    # The brief does not say what becomes of the calls of a page that is given up.
    crowds=False,
)
async def test_each_page_is_its_own_at_any_time(
    exam: Exam, plan: tuple[Visit, ...]
) -> Observation:
    """Pages that are asked for at any moment are each their own, and on time"""
    clinic = Clinic(exam)
    visits: dict[int, Visit] = {}
    asks: list[Ask] = []
    insurer = ""
    for visit in plan:
        if not (visit.again and visits):
            if visit.known:
                number = clinic.admit(*visit.down, insurer=insurer if visit.kin else "")
                insurer = clinic.page(number)["patient"]["insurer"]
            else:
                number = clinic.nobody(*visit.down)
            visits[number] = visit
        asks.append(Ask("GET", path([*visits][-1]), visit.at))
    for part, name in SERVICE_OF.items():
        getattr(exam.services, name).takes(
            lambda patient_id, insurer="", part=part: getattr(visits[patient_id], part)
        )
    return await exam.carry_out(asks)
