"""Wrong: a server waits for the mail, but nobody for the task of the contact."""

import asyncio
import logging
from itertools import count
from typing import Literal

from fastapi import BackgroundTasks, FastAPI, HTTPException
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel

logger = logging.getLogger(__name__)
app = FastAPI()


class SignUp(BaseModel):
    email: str
    name: str


class State(BaseModel):
    id: int
    status: Literal["queued", "mailed", "failed"]


states: dict[int, State] = {}
addresses: set[str] = set()
ids = count(1)
contacts: set[asyncio.Task[None]] = set()


async def send_mail(state: State, email: str, name: str) -> None:
    try:
        await asyncio.to_thread(send_welcome_mail, email, name)
    except MailError as error:
        state.status = "failed"
        logger.warning("No mail: %s", error)
    else:
        state.status = "mailed"


async def enter_contact(email: str, name: str) -> None:
    try:
        await add_contact(email, name)
    except CrmError as error:
        logger.warning("No contact: %s", error)


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, background: BackgroundTasks) -> State:
    if new.email in addresses:
        raise HTTPException(409, "This address has signed up before")
    addresses.add(new.email)
    state = State(id=next(ids), status="queued")
    states[state.id] = state

    background.add_task(send_mail, state, new.email, new.name)
    contact = asyncio.create_task(enter_contact(new.email, new.name))
    contacts.add(contact)
    contact.add_done_callback(contacts.discard)
    return state


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    state = states.get(signup_id)
    if state is None:
        raise HTTPException(404, "No such sign-up")
    return state
