"""Wrong: a mail that has been sent is `queued` for as long as the CRM takes."""

import asyncio
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


async def work(state: State, new: SignUp) -> None:
    mailed, entered = await asyncio.gather(
        asyncio.to_thread(send_welcome_mail, new.email, new.name),
        add_contact(new.email, new.name),
        return_exceptions=True,
    )
    state.status = "failed" if isinstance(mailed, MailError) else "mailed"
    if isinstance(entered, CrmError):
        log.error("no CRM entry for %s", new.email)


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, background: BackgroundTasks) -> State:
    if new.email in taken:
        raise HTTPException(409, "This address has signed up before")
    taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    background.add_task(work, state, new)
    return state


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
