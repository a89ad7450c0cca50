"""Sign-ups: the answer first, the mail and the CRM after it."""

from __future__ import annotations

from typing import Any

from graders.proctor import CallRecord, Exam, Exchange, Raises, Reply, check

_FIRST = ("Ines", "Tomasz", "Noor", "Ada", "Samir", "Lena", "Paulo", "Mei")
_LAST = ("Duarte", "Wilk", "Rahman", "Moreau", "Haddad", "Brandt", "Costa", "Lin")

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
        site=exam.endpoint(reply.run),
    )
    assert isinstance(number, int)
    return number


async def _sign_up(exam: Exam, person: Person) -> int:
    """Sign a person up and wait for the answer; its number."""
    return await _signed_up(exam, exam.start("POST", "/signups", json=person))


async def _expect_state(
    exam: Exam, number: int, status: str, when: str, *, person: Person
) -> None:
    """The sign-up of a person has this status now."""
    reply = await exam.get(f"/signups/{number}")
    _expect_state_in(exam, reply, number, status, when, person)


def _expect_state_in(
    exam: Exam, reply: Reply, number: int, status: str, when: str, person: Person
) -> None:
    """A reply says that the sign-up of a person has this status."""
    calls = _calls(exam, "send_welcome_mail", person)
    exam.expect_status(reply, 200)
    body = exam.json_of(reply)
    _expect(
        exam,
        body == {"id": number, "status": status},
        f'{{"id": {number}, "status": "{status}"}} {when}',
        reply.text[:80],
        calls=calls,
        run=reply.run,
    )


def _calls(exam: Exam, name: str, person: Person) -> list[CallRecord]:
    return [
        call
        for call in exam.calls.of(name)
        if str(call.arguments.get("email")).lower() == person["email"].lower()
    ]


def _expect(
    exam: Exam,
    condition: bool,
    expected: str,
    saw: str,
    *,
    calls: list[CallRecord],
    run: int,
) -> None:
    """As `exam.expect`, at the line of the last call, or else at the endpoint.

    A pool that is given the function itself calls it from no line of the learner's.
    """
    exam.expect(
        condition,
        expected,
        saw,
        site=(calls[-1].site if calls else None) or exam.endpoint(run),
        timeline=exam.services.calls,
    )


def _expect_once(exam: Exam, name: str, person: Person, sender: Exchange) -> None:
    """A service was called once for a person, with the right name, and answered."""
    calls = _calls(exam, name, person)
    _expect(
        exam,
        len(calls) == 1,
        f"{name} is called once for the sign-up",
        f"it was called {len(calls)} times" if calls else "it was never called",
        calls=calls,
        run=sender.run,
    )
    (call,) = calls
    _expect(
        exam,
        call.arguments == person,
        f"{name} is called with the address and the name of the sign-up",
        f"it was called with {call.arguments}",
        calls=calls,
        run=sender.run,
    )
    _expect(
        exam,
        call.outcome != "cancelled" and not call.in_flight,
        f"{name} is waited for until it has answered",
        f"its call was {call.outcome or 'still in flight'}",
        calls=calls,
        run=sender.run,
    )


def _expect_quiet(exam: Exam, exchange: Exchange) -> None:
    """No error left the application."""
    failure = exchange.failure
    exam.expect(
        failure is None,
        "no error leaves the application after the answer",
        f"{failure.error} went on to the server" if failure else "",
        site=(failure.site if failure else None) or exam.endpoint(exchange.run),
    )


async def _mail_on_its_way(exam: Exam, person: Person, sender: Exchange) -> None:
    """Let everything happen up to the mail, which waits at a gate."""
    await exam.settle()
    exam.expect(
        bool(_calls(exam, "send_welcome_mail", person)),
        "send_welcome_mail is called after the answer",
        "it was never called",
        advice="Follow the work that you hand over: does it ever come to "
        "send_welcome_mail?",
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
    exam.expect_took(reply, 0.0)
    exam.expect_json(reply, {"id": number, "status": "queued"})


@check(
    "blocking",
    points=3,
    hint="The mail blocks the thread on which it is sent. On which thread does a "
    "background task run that is `async def`, and on which a plain `def`?",
)
async def test_the_service_answers_while_a_mail_is_on_its_way(exam: Exam) -> None:
    """While a mail is on its way, the service answers at once."""
    early, person, late = _people(exam, 3)
    await _sign_up(exam, early)
    await exam.settle()

    with exam.services.send_welcome_mail.gate():
        exchange = exam.start("POST", "/signups", json=person)
        number = await _signed_up(exam, exchange)
        await _mail_on_its_way(exam, person, exchange)
        state = await exam.get(f"/signups/{number}")
        another = exam.start("POST", "/signups", json=late)
        await _signed_up(exam, another)

    exam.expect_status(state, 200)
    exam.expect_took(state, 0.0)
    exam.expect_took(await another.reply(), 0.0)


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
    # It goes out as it came in: capitals and all.
    person["email"] = f"News+{person['email']}"

    exchange = exam.start("POST", "/signups", json=person)
    await exam.sleep(1.0)
    if exchange.ended is not None:
        number = await _signed_up(exam, exchange)
        state = await exam.get(f"/signups/{number}")
        if not any(call.ended for call in exam.services.send_welcome_mail.calls):
            when = "before the mail has been sent"
            _expect_state_in(exam, state, number, "queued", when, person)
    number = await _signed_up(exam, exchange)
    await exam.settle()

    for name in ("send_welcome_mail", "add_contact"):
        _expect_once(exam, name, person, exchange)
    await _expect_state(
        exam, number, "mailed", "after the mail has been sent", person=person
    )


@check(
    "errors",
    points=2,
    hint="What becomes of the other background tasks when the first one raises? Let "
    "each piece of work catch its own error.",
)
async def test_a_mail_that_fails_does_not_stop_the_rest(exam: Exam) -> None:
    """A mail that fails gives `failed`; contacts and other sign-ups go on."""
    person, late = _people(exam, 2)

    def send_welcome_mail(email: str, name: str) -> None:
        if email == person["email"]:
            raise Raises("MailError", "the mailbox is full")

    exam.services.send_welcome_mail.answers(send_welcome_mail).takes(1.0)
    exam.services.add_contact.takes(2.0)

    exchange = exam.start("POST", "/signups", json=person)
    number = await _signed_up(exam, exchange)
    await exam.settle()

    _expect_once(exam, "add_contact", person, exchange)
    _expect_quiet(exam, exchange)
    await _expect_state(
        exam, number, "failed", "after MailError was raised", person=person
    )
    next_number = await _sign_up(exam, late)
    await exam.settle()
    await _expect_state(
        exam, next_number, "mailed", "for the sign-up after a failed one", person=late
    )


@check(
    "errors",
    points=2,
    hint="The contact is nobody's business but the CRM's: who catches CrmError, and "
    "what does it do to the mail?",
)
async def test_a_crm_that_fails_does_not_stop_the_mail(exam: Exam) -> None:
    """A CRM that fails keeps no mail back and leaves the status alone."""
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
        if any(call.ended for call in _calls(exam, "send_welcome_mail", person)):
            when = "once the mail has been sent, whatever the CRM does"
            await _expect_state(exam, number, "mailed", when, person=person)
        await exam.settle()

        _expect_once(exam, "send_welcome_mail", person, exchange)
        _expect_quiet(exam, exchange)
        await _expect_state(
            exam, number, "mailed", "although CrmError was raised", person=person
        )


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
    exam.expect_status(await exam.post("/signups", json=again), 409)
    await exam.settle()
    exam.expect_status(await exam.post("/signups", json=person), 409)
    await exam.settle()

    for name in ("send_welcome_mail", "add_contact"):
        calls = _calls(exam, name, person)
        _expect(
            exam,
            len(calls) <= 1,
            f"one call of {name} for an address that signs up three times",
            str(len(calls)),
            calls=calls,
            run=exchange.run,
        )

    exam.services.send_welcome_mail.fails("MailError", "the mailbox is full")
    await _sign_up(exam, unlucky)
    await exam.settle()
    exam.expect_status(await exam.post("/signups", json=unlucky), 409)


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

    numbers = [await _sign_up(exam, person) for person in people]
    await exam.settle()

    for number, person in zip(numbers, people, strict=True):
        status = "failed" if person is unlucky else "mailed"
        await _expect_state(
            exam, number, status, "when its own mail is done", person=person
        )
    nobody = max(numbers) + exam.random.randrange(10_000, 90_000)
    exam.expect_status(await exam.get(f"/signups/{nobody}"), 404)


@check(
    "resources",
    points=2,
    hint="Who knows of the work that has been started, and who waits for it when the "
    "service stops?",
)
async def test_the_work_is_finished_before_the_service_stops(exam: Exam) -> None:
    """When the service stops, the work that it took on is finished first."""
    exam.services.send_welcome_mail.takes(3.0)
    exam.services.add_contact.takes(2.0)
    (person,) = _people(exam, 1)

    exchange = exam.start("POST", "/signups", json=person)
    await _signed_up(exam, exchange)
    # As a server does: first the requests with their background tasks, then the rest.
    await exchange.returns()
    await exam.lifespan.stop()

    for name in ("send_welcome_mail", "add_contact"):
        calls = _calls(exam, name, person)
        _expect(
            exam,
            any(call.outcome == "answered" for call in calls),
            f"{name} has answered when the service has stopped",
            f"its call was {calls[-1].outcome or 'still in flight'}"
            if calls
            else "it had not been called",
            calls=calls,
            run=exchange.run,
        )
