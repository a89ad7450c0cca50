"""A dependency whose part behind `yield` runs after the answer has been sent."""

import asyncio
import logging
from collections.abc import AsyncIterator
from itertools import count
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, HTTPException
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel

log = logging.getLogger(__name__)
app = FastAPI()


class SignUp(BaseModel):
    email: str
    name: str


class State(BaseModel):
    id: int
    status: Literal["queued", "mailed", "failed"]


numbers = count(1)
states: dict[int, State] = {}
taken: set[str] = set()


def mail(state: State, new: SignUp) -> None:
    try:
        send_welcome_mail(new.email, new.name)
    except MailError:
        log.exception("no welcome mail for sign-up %d", state.id)
        state.status = "failed"
    else:
        state.status = "mailed"


async def enter(new: SignUp) -> None:
    try:
        await add_contact(new.email, new.name)
    except CrmError:
        log.exception("no CRM entry for %s", new.email)


async def after_the_answer() -> AsyncIterator[list[tuple[State, SignUp]]]:
    work: list[tuple[State, SignUp]] = []
    yield work
    for state, new in work:
        await asyncio.gather(asyncio.to_thread(mail, state, new), enter(new))


Work = Annotated[list[tuple[State, SignUp]], Depends(after_the_answer)]


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, work: Work) -> State:
    if new.email in taken:
        raise HTTPException(409, "This address has signed up before")
    taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    work.append((state, new))
    return state


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
