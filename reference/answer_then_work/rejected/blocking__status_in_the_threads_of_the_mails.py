"""The status is told from the threads in which the mails wait, and there are forty."""

import logging
from itertools import count
from typing import Literal

from fastapi import BackgroundTasks, FastAPI, HTTPException
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


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, background: BackgroundTasks) -> State:
    if new.email in taken:
        raise HTTPException(409, "This address has signed up before")
    taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    background.add_task(mail, state, new)
    background.add_task(enter, new)
    return state


@app.get("/signups/{signup_id}")
def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
