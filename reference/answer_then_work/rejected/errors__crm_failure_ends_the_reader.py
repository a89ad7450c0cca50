"""Wrong: the first contact that the CRM refuses ends the reader of the queue."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import given
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

logger = logging.getLogger("newsletter")


class SignUp(BaseModel):
    email: str
    name: str


class State(BaseModel):
    id: int
    status: Literal["queued", "mailed", "failed"] = "queued"


@dataclass
class Office:
    states: dict[int, State] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)
    mails: set[asyncio.Task[None]] = field(default_factory=set)
    contacts: asyncio.Queue[SignUp | None] = field(default_factory=asyncio.Queue)

    def take(self, new: SignUp) -> State | None:
        if new.email in self.addresses:
            return None
        self.addresses.add(new.email)
        state = State(id=len(self.states) + 1)
        self.states[state.id] = state
        task = asyncio.create_task(self.mail(new, state))
        self.mails.add(task)
        task.add_done_callback(self.mails.discard)
        self.contacts.put_nowait(new)
        return state.model_copy()

    async def mail(self, new: SignUp, state: State) -> None:
        try:
            await asyncio.to_thread(given.send_welcome_mail, new.email, new.name)
            state.status = "mailed"
        except given.MailError:
            state.status = "failed"

    async def fill_crm(self) -> None:
        try:
            while (new := await self.contacts.get()) is not None:
                await given.add_contact(new.email, new.name)
        except given.CrmError as error:
            logger.warning("The CRM did not take a contact: %s", error)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    office = app.state.office = Office()
    clerk = asyncio.create_task(office.fill_crm())
    yield
    office.contacts.put_nowait(None)
    await asyncio.gather(clerk, *office.mails)


app = FastAPI(lifespan=lifespan)


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp) -> State:
    state: State | None = app.state.office.take(new)
    if state is None:
        raise HTTPException(409)
    return state


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    state: State | None = app.state.office.states.get(signup_id)
    if state is None:
        raise HTTPException(404)
    return state
