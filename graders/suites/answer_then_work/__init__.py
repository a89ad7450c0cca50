"""Sign-ups: the answer first, the mail and the CRM after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from random import Random
from typing import Any

from graders.proctor import (
    FREEDOMS,
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

_FIRST = ("Ines", "Tomasz", "Noor", "Ada", "Samir", "Lena", "Paulo", "Mei")
_LAST = ("Duarte", "Wilk", "Rahman", "Moreau", "Haddad", "Brandt", "Costa", "Lin")
# Few enough for a thread each, and more than asyncio's threads or a few workers.
_CROWD = 12

Person = dict[str, str]


def _people(exam: Exam, count: int) -> list[Person]:
    """People who want to sign up, no address twice."""
    people = []
    for number in exam.random.sample(range(100, 999), count):
        first, last = exam.random.choice(_FIRST), exam.random.choice(_LAST)
        email = f"{first}.{last}{number}@example.com".lower()
        people.append({"email": email, "name": f"{first} {last}"})
    return people


async def _signed_up(exam: Exam, exchange: Exchange) -> int:
    """The number that a sign-up was given, once its answer is there."""
    reply = await exchange.reply()
    exam.expect_status(reply, 202)
    body = exam.json_of(reply)
    number = body.get("id") if isinstance(body, dict) else None
    exam.expect(
        isinstance(number, int) and not isinstance(number, bool),
        f"{reply.request} answers with a whole number as `id`",
        reply.text[:80],
        site=exam.answer(reply.run, "id"),
    )
    assert isinstance(number, int)
    return number


async def _sign_up(exam: Exam, person: Person) -> tuple[int, Exchange]:
    """Sign a person up and wait for the answer; its number, and the request."""
    exchange = exam.start("POST", "/signups", json=person)
    return await _signed_up(exam, exchange), exchange


async def _sign_all_up(
    exam: Exam, people: Sequence[Person]
) -> list[tuple[int, Exchange]]:
    """Sign people up at the same moment; the number and the request of each."""
    exchanges = [exam.start("POST", "/signups", json=person) for person in people]
    return [(await _signed_up(exam, exchange), exchange) for exchange in exchanges]


def _calls(exam: Exam, name: str, person: Person) -> list[CallRecord]:
    return [
        call
        for call in exam.calls.of(name)
        if str(call.arguments.get("email")).lower() == person["email"].lower()
    ]


def _started_at(
    exam: Exam, calls: Sequence[CallRecord], sender: Exchange
) -> Site | None:
    """The line that set calls going: the outermost that is known, or the endpoint.

    A pool that is given the function itself calls it from no line of the learner's.
    """
    furthest = max(calls, key=lambda call: len(call.lines), default=None)
    started = furthest.outermost if furthest is not None else None
    return started or exam.endpoint(sender.run)


def _made_at(exam: Exam, calls: Sequence[CallRecord], sender: Exchange) -> Site | None:
    """The line that made the last of the calls, or else the endpoint."""
    return (calls[-1].site if calls else None) or exam.endpoint(sender.run)


# --- the line to show -----------------------------------------------------------------


def _changed_at(
    exam: Exam, call: CallRecord, person: Person, sender: Exchange
) -> Site | None:
    """The line that changed what a service was called with.

    What differs in capitals or white space only has been tidied up: by a line that
    does so, or by the model that reads it.
    """
    made = _made_at(exam, [call], sender)
    for key, value in person.items():
        given = str(call.arguments.get(key))
        if given != value and _tidy(given) == _tidy(value):
            tidied = exam.code.calls("lower", "casefold", "strip", "title")
            tidied = tidied or exam.code.gives("strip_whitespace", *_TIDYING)
            return [made, *(tidied or exam.code.sets(key))][-1]
    return made


# What tells a model of pydantic to do so.
_TIDYING = "str_strip_whitespace", "str_to_lower", "str_to_upper"


def _tidy(text: str) -> str:
    return "".join(text.split()).lower()


def _cancelled_at(exam: Exam, calls: Sequence[CallRecord]) -> Site | None:
    """The last line that cancels something, if a call was cancelled."""
    cancelled = any(call.outcome == "cancelled" for call in calls)
    return [None, *exam.code.calls("cancel")][-1] if cancelled else None


def _remembered_at(
    exam: Exam, mails: Sequence[CallRecord], reply: Reply
) -> Site | None:
    """The line that takes an address only where its mail is sent, or the answer."""
    answer = exam.answer(reply.run)
    mail = mails[-1].site if mails else None
    added = exam.code.beside(mail, exam.code.calls("add", "append"))
    if answer and mail and exam.code.function(answer) == exam.code.function(mail):
        return answer
    return [*added, answer][0]


def _forgotten_at(exam: Exam, mail: Site | None) -> Site | None:
    """The line that frees an address after its mail has failed.

    Either the address is taken away where the mail is sent, or the status is looked at
    somewhere else.
    """
    taken_away = exam.code.calls("discard", "remove", "pop")
    sending = exam.code.function(mail) if mail else None
    looks = [
        site
        for site in exam.code.texts("failed")
        if exam.code.function(site) not in (None, sending)
    ]
    return [*exam.code.beside(mail, taken_away), *looks, mail][0]


async def _expect_state(
    exam: Exam,
    number: int,
    status: str,
    when: str,
    *,
    site: Site | None,
    advice: str = "",
) -> None:
    """The sign-up of this number has this status now.

    Args:
        site: the line on which the status depends.
    """
    reply = await exam.get(f"/signups/{number}")
    _expect_state_in(exam, reply, number, status, when, site=site, advice=advice)


def _expect_state_in(
    exam: Exam,
    reply: Reply,
    number: int,
    status: str,
    when: str,
    *,
    site: Site | None,
    advice: str = "",
) -> None:
    """A reply says that a sign-up has this status."""
    exam.expect_status(reply, 200)
    exam.expect(
        exam.json_of(reply) == {"id": number, "status": status},
        f'{{"id": {number}, "status": "{status}"}} {when}',
        reply.text[:80],
        advice=advice,
        site=site,
        timeline=exam.services.calls,
    )


def _expect_once(
    exam: Exam, name: str, person: Person, sender: Exchange, *, advice: str = ""
) -> None:
    """A service was called once for a person, with the right name, and answered.

    Args:
        advice: what to try where it was never called.
    """
    calls = _calls(exam, name, person)
    exam.expect(
        len(calls) == 1,
        f"{name} is called once for the sign-up",
        f"it was called {len(calls)} times" if calls else "it was never called",
        advice="More than one of your lines sets this work going. Which one should?"
        if calls
        else advice,
        site=_started_at(exam, calls, sender),
        timeline=exam.services.calls,
    )
    (call,) = calls
    exam.expect(
        call.arguments == person,
        f"{name} is called with the address and the name of the sign-up",
        f"it was called with {call.arguments}",
        advice="Follow the address and the name from the request to "
        f"{name}. What changes them on the way?",
        site=_changed_at(exam, call, person, sender),
        timeline=exam.services.calls,
    )
    exam.expect(
        call.outcome != "cancelled" and not call.in_flight,
        f"{name} is waited for until it has answered",
        f"its call was {call.outcome or 'still in flight'}",
        site=_made_at(exam, calls, sender),
        timeline=exam.services.calls,
    )


def _expect_quiet(exam: Exam, exchange: Exchange) -> None:
    """No error left the application."""
    failure = exchange.failure
    exam.expect(
        failure is None,
        "no error leaves the application after the answer",
        f"{failure.error} went on to the server" if failure else "",
        advice=f"Follow {failure.error} from where it is raised: who catches it, and "
        "does it end there?"
        if failure
        else "",
        site=(failure.site if failure else None) or exam.endpoint(exchange.run),
    )


async def _mail_on_its_way(exam: Exam, person: Person, sender: Exchange) -> None:
    """Let everything happen up to the mail, which waits at a gate."""
    await exam.settle()
    calls = _calls(exam, "send_welcome_mail", person)
    exam.expect(
        sender.ended is not None,
        "an answer while the mail is on its way",
        "none before the mail has been sent",
        advice="Which line of the endpoint waits for the mail?",
        site=exam.blocker or _started_at(exam, calls, sender),
        timeline=exam.services.calls,
    )
    exam.expect(
        bool(calls),
        "send_welcome_mail is called after the answer",
        "it was never called",
        advice="Follow the work that you hand over: which step leads to "
        "send_welcome_mail, and is it ever taken?",
        site=exam.endpoint(sender.run),
        timeline=exam.services.calls,
    )


@check(
    "blocking",
    points=3,
    hint="Which line of the endpoint waits? Work that is handed over to be called "
    "later has not been called yet.",
)
async def test_a_sign_up_is_answered_at_once(exam: Exam) -> None:
    """The answer to a sign-up waits for neither the mail nor the CRM."""
    exam.services.send_welcome_mail.takes(3.0)
    exam.services.add_contact.takes(2.0)
    (person,) = _people(exam, 1)

    exchange = exam.start("POST", "/signups", json=person)
    number = await _signed_up(exam, exchange)

    reply = await exchange.reply()
    before = [call for call in exam.services.calls if call.began < reply.ended]
    exam.expect(
        reply.took == 0,
        "an answer at once",
        f"an answer after {reply.took:g} s",
        site=exam.blocker or _started_at(exam, before, exchange),
        timeline=exam.services.calls,
    )
    exam.expect_json(reply, {"id": number, "status": "queued"})


@check(
    "blocking",
    points=3,
    hint="The mail blocks the thread on which it is sent. On which thread does a "
    "background task run that is `async def`, and on which a plain `def`?",
)
async def test_the_service_answers_while_a_mail_is_on_its_way(exam: Exam) -> None:
    """While a mail is on its way, the service answers at once."""
    early, person, *late = _people(exam, 2 + _CROWD)
    await _sign_up(exam, early)
    await exam.settle()

    with exam.services.send_welcome_mail.gate():
        exchange = exam.start("POST", "/signups", json=person)
        await _mail_on_its_way(exam, person, exchange)
        number = await _signed_up(exam, exchange)
        state = await exam.get(f"/signups/{number}")
        others = await _sign_all_up(exam, late)
        last = await exam.get(f"/signups/{others[-1][0]}")

    for reply in (state, last):
        exam.expect_status(reply, 200)
        exam.expect_took(reply, 0.0)
    for _, other in others:
        exam.expect_took(await other.reply(), 0.0)


@check(
    "awaits",
    points=3,
    hint="Follow the call: is the function called, is what it returns awaited, and is "
    "the status set only then?",
)
async def test_the_mail_is_sent_and_the_contact_entered_once(exam: Exam) -> None:
    """The mail is sent and the contact is entered, once each, after the answer."""
    exam.services.send_welcome_mail.takes(3.0)
    exam.services.add_contact.takes(0.5)
    (person,) = _people(exam, 1)
    # They go out as they came in: capitals, white space and all.
    person = {"email": f"News+{person['email']}", "name": f" {person['name']} "}

    exchange = exam.start("POST", "/signups", json=person)
    await exam.sleep(1.0)
    if exchange.ended is not None:
        number = await _signed_up(exam, exchange)
        state = await exam.get(f"/signups/{number}")
        mails = _calls(exam, "send_welcome_mail", person)
        if not any(call.ended for call in mails):
            _expect_state_in(
                exam,
                state,
                number,
                "queued",
                "before the mail has been sent",
                advice="What has to be waited for before the status may change?",
                site=_made_at(exam, mails, exchange),
            )
    number = await _signed_up(exam, exchange)
    await exam.settle()

    for name in ("send_welcome_mail", "add_contact"):
        _expect_once(exam, name, person, exchange)
    mails = _calls(exam, "send_welcome_mail", person)
    await _expect_state(
        exam,
        number,
        "mailed",
        "after the mail has been sent",
        site=_made_at(exam, mails, exchange),
    )


@check(
    "errors",
    points=2,
    hint="The contact is nobody's business but the CRM's: who catches CrmError, and "
    "what does it do to the mail?",
)
async def test_a_crm_that_fails_does_not_stop_the_mail(exam: Exam) -> None:
    """A CRM that fails stops no mail and no later contact, and changes no status."""
    quick, slow = exam.random.choice(((1.0, 2.0), (0.5, 1.5), (0.75, 1.75)))
    people = _people(exam, 2)
    exam.services.add_contact.fails("CrmError", "the CRM is being updated")

    # Whichever of the two comes to its end first.
    for person, mail, contact in (
        (people[0], quick, slow),
        (people[1], slow, quick),
    ):
        exam.services.send_welcome_mail.takes(mail)
        exam.services.add_contact.takes(contact)
        exchange = exam.start("POST", "/signups", json=person)
        number = await _signed_up(exam, exchange)
        await exam.sleep(mail + 0.25)
        entry = _calls(exam, "add_contact", person)
        if any(call.ended for call in _calls(exam, "send_welcome_mail", person)):
            await _expect_state(
                exam,
                number,
                "mailed",
                "once the mail has been sent, whatever the CRM does",
                site=_made_at(exam, entry, exchange),
            )
        await exam.settle()

        _expect_once(exam, "send_welcome_mail", person, exchange)
        _expect_quiet(exam, exchange)
        entry = _calls(exam, "add_contact", person)
        await _expect_state(
            exam,
            number,
            "mailed",
            "although CrmError was raised",
            site=_made_at(exam, entry, exchange),
        )

    first, later = (_calls(exam, "add_contact", person) for person in people)
    exam.expect(
        bool(later) or not first,
        "add_contact is called for the sign-up after one whose contact failed",
        "it was never called",
        advice="What did CrmError bring to an end that the next sign-up needs?",
        site=first[-1].site if first else None,
        timeline=exam.services.calls,
    )


@check(
    "errors",
    points=2,
    hint="What becomes of the other background tasks when the first one raises? Let "
    "each piece of work catch its own error.",
)
async def test_a_mail_that_fails_does_not_stop_the_rest(exam: Exam) -> None:
    """A mail that fails gives `failed`; contacts and other sign-ups go on."""
    person, late, *unlucky = _people(exam, 2 + _CROWD)

    def send_welcome_mail(email: str, name: str) -> None:
        if email != late["email"]:
            raise Raises("MailError", "the mailbox is full")

    def add_contact(email: str, name: str) -> None:
        if email not in (person["email"], late["email"]):
            raise Raises("CrmError", "the CRM is being updated")

    exam.services.send_welcome_mail.answers(send_welcome_mail).takes(1.0)
    exam.services.add_contact.answers(add_contact).takes(2.0)

    exchange = exam.start("POST", "/signups", json=person)
    number = await _signed_up(exam, exchange)
    await exam.settle()

    _expect_quiet(exam, exchange)
    _expect_once(
        exam,
        "add_contact",
        person,
        exchange,
        advice="When the mail has failed, which of your lines still leads to "
        "add_contact?",
    )
    failed = _made_at(exam, _calls(exam, "send_welcome_mail", person), exchange)
    await _expect_state(
        exam,
        number,
        "failed",
        "after MailError was raised",
        advice="Where does MailError arrive, and what does that line do to the status?",
        site=failed,
    )
    # However often mails and contacts have failed.
    await _sign_all_up(exam, unlucky)
    await exam.settle()
    next_number, sender = await _sign_up(exam, late)
    await exam.settle()
    await _expect_state(
        exam,
        next_number,
        "mailed",
        "for the sign-up after failed ones",
        advice="What did the errors bring to an end that the next sign-up needs?",
        site=failed,
    )
    entered = exam.calls.of("add_contact")
    exam.expect(
        bool(_calls(exam, "add_contact", late)),
        "add_contact is called for the sign-up after failed ones",
        "it was never called",
        advice="What did the errors bring to an end that the next sign-up needs?",
        site=next((call.site for call in reversed(entered) if call.site), None)
        or exam.endpoint(sender.run),
    )
    _expect_once(exam, "add_contact", late, sender)


@check(
    "errors",
    points=2,
    hint="What has to be known before anything is started, and from which moment on "
    "is an address taken?",
)
async def test_an_address_signs_up_once(exam: Exam) -> None:
    """An address that signed up before is a 409: no second mail, no second entry."""
    person, unlucky = _people(exam, 2)
    again = {**person, "name": "Somebody Else"}

    exam.services.send_welcome_mail.takes(3.0)

    exchange = exam.start("POST", "/signups", json=person)
    await exam.sleep(1.0)
    second = await exam.post("/signups", json=again)
    exam.expect(
        second.status != 202,
        f"{second.request} answers 409 while the first mail is on its way",
        "202",
        site=_remembered_at(exam, _calls(exam, "send_welcome_mail", person), second),
    )
    exam.expect_status(second, 409)
    await exam.settle()
    exam.expect_status(await exam.post("/signups", json=person), 409)
    await exam.settle()

    for name in ("send_welcome_mail", "add_contact"):
        calls = _calls(exam, name, person)
        exam.expect(
            len(calls) <= 1,
            f"one call of {name} for an address that signs up three times",
            str(len(calls)),
            site=_started_at(exam, calls, exchange),
            timeline=exam.services.calls,
        )

    exam.services.send_welcome_mail.fails("MailError", "the mailbox is full")
    _, sender = await _sign_up(exam, unlucky)
    await exam.settle()
    reply = await exam.post("/signups", json=unlucky)
    # An address whose mail was sent is taken: so it is the failed mail that matters.
    exam.expect(
        reply.status == 409,
        f"{reply.request} answers 409 also when the first mail has failed",
        str(reply.status),
        advice="What does your code do to the address after MailError?",
        site=_forgotten_at(
            exam, _made_at(exam, _calls(exam, "send_welcome_mail", unlucky), sender)
        ),
    )


@check(
    "errors",
    points=1,
    hint="Where is the status kept, and for whom does the background work change it?",
)
async def test_every_sign_up_has_its_own_status(exam: Exam) -> None:
    """Every sign-up has a status of its own; an unknown one is a 404."""
    people = _people(exam, 3)
    unlucky = exam.random.choice(people)
    seconds = dict(
        zip(
            (person["email"] for person in people),
            exam.random.sample((1.0, 2.0, 3.0), 3),
            strict=True,
        )
    )

    def send_welcome_mail(email: str, **others: Any) -> None:
        if email == unlucky["email"]:
            raise Raises("MailError", "no such mailbox")

    mailer = exam.services.send_welcome_mail
    mailer.answers(send_welcome_mail)
    mailer.takes(lambda email, **others: seconds[email])

    signed_up = [await _sign_up(exam, person) for person in people]
    await exam.settle()

    for (number, exchange), person in zip(signed_up, people, strict=True):
        mails = _calls(exam, "send_welcome_mail", person)
        await _expect_state(
            exam,
            number,
            "failed" if person is unlucky else "mailed",
            "when its own mail is done",
            site=_started_at(exam, mails, exchange),
        )
    nobody = max(number for number, _ in signed_up) + exam.random.randrange(
        10_000, 90_000
    )
    exam.expect_status(await exam.get(f"/signups/{nobody}"), 404)
    for odd in {0, -1}.difference(number for number, _ in signed_up):
        reply = await exam.get(f"/signups/{odd}")
        # not stated: a type may say that this is no number of a sign-up.
        if reply.status != 422:
            exam.expect_status(reply, 404)


@check(
    "resources",
    points=2,
    hint="Who knows of the work that has been started, and who waits for it when the "
    "service stops?",
)
async def test_the_work_is_finished_before_the_service_stops(exam: Exam) -> None:
    """When the service stops, the work that it took on is finished first."""
    people = _people(exam, 3 + _CROWD)
    late_mail, late_contact, unlucky, *others = people
    # Nothing is said of a limit of time.
    takes = {
        late_mail["email"]: (3.0, 2.0),
        late_contact["email"]: (2.0, 90.0),
        unlucky["email"]: (1.0, 4.0),
        **{other["email"]: (2.0, 1.0) for other in others},
    }

    def send_welcome_mail(email: str, name: str) -> None:
        if email == unlucky["email"]:
            raise Raises("MailError", "the mailbox is full")

    exam.services.send_welcome_mail.answers(send_welcome_mail)
    exam.services.send_welcome_mail.takes(lambda email, name: takes[email][0])
    exam.services.add_contact.takes(lambda email, name: takes[email][1])

    exchanges = [exchange for _, exchange in await _sign_all_up(exam, people)]
    # As a server does: first the requests with their background tasks, then the rest.
    for exchange in exchanges:
        await exchange.returns()
    await exam.lifespan.stop()

    for person, exchange in zip(people, exchanges, strict=True):
        _expect_finished(exam, person, exchange)


def _expect_finished(exam: Exam, person: Person, sender: Exchange) -> None:
    """Mail and CRM have both had their say about a sign-up."""
    done = ("answered", "failed")
    names = ("send_welcome_mail", "add_contact")
    calls = [call for name in names for call in _calls(exam, name, person)]
    unfinished = [call for call in calls if call.outcome not in done]
    for name in names:
        made = [call for call in calls if call.name == name]
        cancelled = _cancelled_at(exam, calls)
        if not made:
            cancelled = cancelled or next(iter(exam.code.gives("cancel_futures")), None)
        exam.expect(
            any(call.outcome in done for call in made),
            f"{name} has answered when the service has stopped",
            f"its call was {made[-1].outcome or 'still in flight'}"
            if made
            else "it had not been called",
            advice="Work that is cancelled is not finished. What could be done with it "
            "instead?"
            if cancelled
            else "",
            site=cancelled or _started_at(exam, unfinished, sender),
            timeline=exam.services.calls,
        )


@check(
    "errors",
    points=1,
    hint="What does a mail wait for: also for what has nothing to do with mails?",
)
async def test_no_mail_waits_for_the_crm(exam: Exam) -> None:
    """While the CRM keeps silent, mails are sent, and every status says so."""
    people = _people(exam, _CROWD)
    exam.services.send_welcome_mail.takes(1.0)

    with exam.services.add_contact.gate():
        signed_up = await _sign_all_up(exam, people)
        await exam.settle()
        asked = [exam.start("GET", f"/signups/{number}") for number, _ in signed_up]
        silent = [call for call in exam.calls.of("add_contact") if call.in_flight]
        for (number, sender), state in zip(signed_up, asked, strict=True):
            _expect_state_in(
                exam,
                await state.reply(),
                number,
                "mailed",
                "although the CRM has not answered yet",
                site=next((call.site for call in silent if call.site), None)
                or _started_at(exam, silent, sender),
            )


# --- whatever the schedule ------------------------------------------------------------


@dataclass(frozen=True)
class SignUp:
    """Somebody signs up: when, and what becomes of the work. All in seconds.

    Attributes:
        mail, crm: how long they take.
        namesake: whether the name is that of the first one in the plan.
        again: so long afterwards the same address comes once more, if it does.
        asks: so long afterwards the status is asked for.
    """

    at: float
    mail: float
    crm: float
    mail_fails: bool = False
    crm_fails: bool = False
    namesake: bool = False
    again: float | None = None
    asks: tuple[float, ...] = ()


def drawn_sign_ups(draw: Random) -> tuple[SignUp, ...]:
    # Often several at the same moment.
    moments = [seconds(draw, 3) for _ in range(3)]

    def again() -> float | None:
        return draw.choice((None, None, 0.0, seconds(draw, 8)))

    def takes(slow: bool) -> float:
        # Nothing is said of a limit of time.
        return seconds(draw, 80, 65) if slow else seconds(draw, 4)

    slow = draw.choice((None, None, "mail", "crm"))
    return tuple(
        SignUp(
            at=draw.choice(moments),
            mail=takes(slow == "mail" and place == 0),
            crm=takes(slow == "crm" and place == 0),
            mail_fails=draw.random() < 0.3,
            crm_fails=draw.random() < 0.3,
            namesake=draw.random() < 0.3,
            again=again(),
            asks=tuple(seconds(draw, 8) for _ in range(2)),
        )
        for place in range(draw.randint(1, 4))
    )


class _Newcomer:
    """One who signs up, as the plan has it, and what has come of it.

    Attributes:
        posts: what is sent: the same address again has another name.
        number, sender: of the one that was taken on; None as long as there is none.
    """

    def __init__(self, exam: Exam, plan: SignUp) -> None:
        self.plan = plan
        draw = exam.random
        first, last = draw.choice(_FIRST), draw.choice(_LAST)
        # Never the same twice in a host.
        unique = f"{len(exam.driver.exchanges)}-{draw.randrange(10**9)}"
        email = f"{first}.{last}{unique}@example.com".lower()
        names = f"{first} {last}", f"{last} {first}"
        self.posts = [{"email": email, "name": name} for name in names]
        self.number: int | None = None
        self.sender: Exchange | None = None
        self.person = self.posts[0]

    def asks(self) -> list[tuple[float, int]]:
        """When it asks what: 0 and 1 are its posts, 2 is for the status."""
        plan = self.plan
        again = [] if plan.again is None else [(plan.at + plan.again, 1)]
        return [(plan.at, 0), *again, *((plan.at + after, 2) for after in plan.asks)]


@every_schedule(
    "errors",
    points=2,
    hint="What do two sign-ups share in your module, while both wait for their work?",
    plans=drawn_sign_ups,
    # When the work is done, and in which order, is up to the submission.
    free=FREEDOMS,
)
async def test_each_sign_up_has_its_own_work(
    exam: Exam, plan: tuple[SignUp, ...]
) -> Observation:
    """Each sign-up has its own answer, mail, contact and status, whoever else comes"""
    people = [_Newcomer(exam, one) for one in plan]
    for one in people:
        if one.plan.namesake:
            one.posts[0]["name"] = people[0].posts[0]["name"]
    plans = {one.person["email"]: one.plan for one in people}
    _let_them_work(exam, plans)
    began = exam.now
    timeline = sorted(
        (at, place, what) for place, one in enumerate(people) for at, what in one.asks()
    )
    for at, now in groupby(timeline, key=lambda ask: ask[0]):
        await exam.sleep(max(0.0, began + at - exam.now))
        await _ask(exam, [(people[place], what) for _, place, what in now])
    await exam.settle()
    # No mail ends at the moment at which its status is asked for in the end.
    await exam.sleep(1.0)
    for one in people:
        assert one.number is not None
        assert one.sender is not None
        for name in ("send_welcome_mail", "add_contact"):
            _expect_own(exam, name, one.person, one.sender)
            _expect_once(exam, name, one.person, one.sender)
        _expect_quiet(exam, one.sender)
        await _expect_own_state(exam, one)
        # Whatever has become of the work.
        exam.expect_status(await exam.post("/signups", json=one.person), 409)
    return Observation((), (), ())


_TROUBLES: tuple[tuple[Any, ...], ...] = ((), ("it is down",), ("busy", 450))


def _let_them_work(exam: Exam, plans: dict[str, SignUp]) -> None:
    def plan_of(email: str) -> SignUp:
        return plans.get(str(email).lower(), SignUp(0, 0, 0))

    def send_welcome_mail(email: str, name: str) -> None:
        if plan_of(email).mail_fails:
            raise Raises("MailError", *_TROUBLES[len(email) % len(_TROUBLES)])

    def add_contact(email: str, name: str) -> None:
        if plan_of(email).crm_fails:
            raise Raises("CrmError", *_TROUBLES[len(email) % len(_TROUBLES)])

    mailer, crm = exam.services.send_welcome_mail, exam.services.add_contact
    mailer.answers(send_welcome_mail).takes(lambda email, name: plan_of(email).mail)
    crm.answers(add_contact).takes(lambda email, name: plan_of(email).crm)


async def _ask(exam: Exam, asks: list[tuple[_Newcomer, int]]) -> None:
    """All that is asked at one moment; the same address may be there twice."""
    posts = [
        (one, one.posts[what], exam.start("POST", "/signups", json=one.posts[what]))
        for one, what in asks
        if what < 2
    ]
    for place, (one, person, exchange) in enumerate(posts):
        reply = await exchange.reply()
        exam.expect_took(reply, 0.0)
        rivals = [other for other, _, _ in posts[place + 1 :] if other is one]
        if one.number is None and not (rivals and reply.status == 409):
            one.number, one.sender = await _signed_up(exam, exchange), exchange
            one.person = person
            exam.expect_json(reply, {"id": one.number, "status": "queued"})
        else:
            exam.expect_status(reply, 409)
    for one, what in asks:
        if what == 2 and one.number is not None:
            await _expect_own_state(exam, one)


async def _expect_own_state(exam: Exam, one: _Newcomer) -> None:
    """A sign-up's status is what has become of its own mail."""
    assert one.number is not None
    assert one.sender is not None
    reply = await exam.get(f"/signups/{one.number}")
    exam.expect_took(reply, 0.0)
    mails = _calls(exam, "send_welcome_mail", one.person)
    if any(call.ended == exam.now for call in mails):
        # It may have been asked before or after that.
        return
    over = [call.outcome for call in mails if not call.in_flight]
    status = {"answered": "mailed"}.get(over[0], "failed") if over else "queued"
    # Who says that a mail has failed, and it has not, may have waited for a limit.
    limits = exam.code.calls("timeout", "wait_for", "fail_after", "move_on_after")
    given_up = status == "mailed" and '"failed"' in reply.text
    _expect_state_in(
        exam,
        reply,
        one.number,
        status,
        f"after its own mail has {over[0]}" if over else "before its own mail is sent",
        site=limits[0] if given_up and limits else _started_at(exam, mails, one.sender),
    )


def _expect_own(exam: Exam, name: str, person: Person, sender: Exchange) -> None:
    """Work within a request is for the person who has sent it."""
    for call in exam.calls.of(name):
        exam.expect(
            call.run != sender.run
            or str(call.arguments.get("email")).lower() == person["email"],
            f"{name} is called with the address of its own sign-up",
            "it was called with the address of another one",
            site=call.site,
            timeline=exam.services.calls,
        )
