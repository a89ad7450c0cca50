"""A plain `def` endpoint, and one `def` task that runs the CRM from its thread."""

import threading
from itertools import count
from typing import Literal

import anyio.from_thread
from fastapi import BackgroundTasks, FastAPI, HTTPException
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel

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
        state.status = "failed"
    else:
        state.status = "mailed"


def welcome(state: State, new: SignUp) -> None:
    mail(state, new)
    try:
        anyio.from_thread.run(add_contact, new.email, new.name)
    except CrmError:
        print("no CRM entry for", new.email)


lock = threading.Lock()


@app.post("/signups", status_code=202)
def sign_up(new: SignUp, background: BackgroundTasks) -> State:
    with lock:
        if new.email in taken:
            raise HTTPException(409, "This address has signed up before")
        taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    background.add_task(welcome, state, new)
    return state


@app.get("/signups/{signup_id}")
def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
