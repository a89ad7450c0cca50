"""Wrong: one worker for all, so that a mail waits for the contacts of others."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Literal

from fastapi import FastAPI, HTTPException, Request
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel

logger = logging.getLogger(__name__)


class SignUp(BaseModel):
    email: str
    name: str


class State(BaseModel):
    id: int
    status: Literal["queued", "mailed", "failed"]


@dataclass(frozen=True)
class Job:
    state: State
    email: str
    name: str


states: dict[int, State] = {}
addresses: set[str] = set()
ids = count(1)


async def send_mail(job: Job) -> None:
    try:
        await asyncio.to_thread(send_welcome_mail, job.email, job.name)
    except MailError as error:
        job.state.status = "failed"
        logger.warning("No mail: %s", error)
    else:
        job.state.status = "mailed"


async def enter_contact(job: Job) -> None:
    try:
        await add_contact(job.email, job.name)
    except CrmError as error:
        logger.warning("No contact: %s", error)


async def work(jobs: asyncio.Queue[Job]) -> None:
    while True:
        job = await jobs.get()
        try:
            await send_mail(job)
            await enter_contact(job)
        except Exception:
            logger.exception("Sign-up %d went wrong", job.state.id)
        finally:
            jobs.task_done()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    jobs: asyncio.Queue[Job] = asyncio.Queue()
    app.state.jobs = jobs
    worker = asyncio.create_task(work(jobs))
    try:
        yield
        await jobs.join()
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, request: Request) -> State:
    if new.email in addresses:
        raise HTTPException(409, "This address has signed up before")
    addresses.add(new.email)
    state = State(id=next(ids), status="queued")
    states[state.id] = state
    request.app.state.jobs.put_nowait(Job(state, new.email, new.name))
    return state.model_copy()


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    state = states.get(signup_id)
    if state is None:
        raise HTTPException(404, "No such sign-up")
    return state
