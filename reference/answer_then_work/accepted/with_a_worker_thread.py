"""Two threads that live as long as the service take what is to do from queues."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from queue import SimpleQueue
from threading import Thread
from typing import Literal

from fastapi import FastAPI, HTTPException
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel

log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    workers = {jobs: Thread(target=work, args=(jobs,)) for jobs in (mails, contacts)}
    for worker in workers.values():
        worker.start()
    yield
    for jobs, worker in workers.items():
        jobs.put(None)
        await asyncio.to_thread(worker.join)


app = FastAPI(lifespan=lifespan)


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


Jobs = SimpleQueue[Callable[[], None] | None]
mails: Jobs = SimpleQueue()
contacts: Jobs = SimpleQueue()


def work(jobs: Jobs) -> None:
    while job := jobs.get():
        job()


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp) -> State:
    if new.email in taken:
        raise HTTPException(409, "This address has signed up before")
    taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    mails.put(lambda: mail(state, new))
    contacts.put(lambda: asyncio.run(enter(new)))
    return state


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
