"""Who signs up and how, and the calls of the mailer and the CRM."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graders.proctor import CallRecord, Exam, Exchange, Raises, Reply, Service

FIRST = ("Ines", "Tomasz", "Noor", "Ada", "Samir", "Lena", "Paulo", "Mei")
LAST = ("Duarte", "Wilk", "Rahman", "Moreau", "Haddad", "Brandt", "Costa", "Lin")
# Few enough for a thread each, and more than asyncio's threads or a few workers.
CROWD = 12
SERVICES = ("send_welcome_mail", "add_contact")

Person = dict[str, str]


def people(exam: Exam, count: int) -> list[Person]:
    """People who want to sign up, no address twice."""
    drawn = []
    for number in exam.random.sample(range(100, 999), count):
        first, last = exam.random.choice(FIRST), exam.random.choice(LAST)
        email = f"{first}.{last}{number}@example.com".lower()
        drawn.append({"email": email, "name": f"{first} {last}"})
    return drawn


# --- requests -------------------------------------------------------------------------


def ask_to_sign_up(exam: Exam, person: Person) -> Exchange:
    return exam.start("POST", "/signups", json=person)


async def signed_up(exam: Exam, exchange: Exchange) -> int:
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


async def sign_up(exam: Exam, person: Person) -> tuple[int, Exchange]:
    """Sign a person up and wait for the answer; its number, and the request."""
    exchange = ask_to_sign_up(exam, person)
    return await signed_up(exam, exchange), exchange


async def sign_all_up(
    exam: Exam, everybody: Sequence[Person]
) -> list[tuple[int, Exchange]]:
    """Sign people up at the same moment; the number and the request of each."""
    exchanges = [ask_to_sign_up(exam, person) for person in everybody]
    return [(await signed_up(exam, exchange), exchange) for exchange in exchanges]


async def state_of(exam: Exam, number: int) -> Reply:
    return await exam.get(f"/signups/{number}")


# --- the mailer and the CRM -----------------------------------------------------------


def fail_for(
    service: Service, unlucky: Callable[[str], bool], error: str, text: str
) -> Service:
    """Let a service fail for the addresses that are unlucky."""

    def answer(email: str, name: str) -> None:
        if unlucky(email):
            raise Raises(error, text)

    return service.answers(answer)


def address_in(call: CallRecord) -> str:
    """The address that a service was called with, in small letters."""
    return str(call.arguments.get("email")).lower()


def calls_for(exam: Exam, name: str, person: Person) -> list[CallRecord]:
    """The calls of a service for a person."""
    address = person["email"].lower()
    return [call for call in exam.calls.of(name) if address_in(call) == address]


def mails(exam: Exam, person: Person) -> list[CallRecord]:
    return calls_for(exam, "send_welcome_mail", person)


def contacts(exam: Exam, person: Person) -> list[CallRecord]:
    return calls_for(exam, "add_contact", person)
