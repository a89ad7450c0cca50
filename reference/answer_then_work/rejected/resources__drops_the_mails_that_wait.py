"""Mails that still wait for a thread are dropped when the service stops."""

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Literal

from fastapi import FastAPI, HTTPException
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel

logger = logging.getLogger(__name__)

Status = Literal["queued", "mailed", "failed"]


class SignUp(BaseModel):
    email: str
    name: str


class State(BaseModel):
    id: int
    status: Status


class Desk:
    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self.status: dict[int, Status] = {}
        self._mailers = ThreadPoolExecutor(4, thread_name_prefix="mail")
        self._contacts: set[asyncio.Task[None]] = set()

    def take(self, new: SignUp) -> int | None:
        if new.email in self.ids:
            return None
        signup_id = self.ids[new.email] = len(self.ids) + 1
        self.status[signup_id] = "queued"
        self._mailers.submit(self._mail, signup_id, new)
        task = asyncio.create_task(self._enter(new))
        self._contacts.add(task)
        task.add_done_callback(self._contacts.discard)
        return signup_id

    def _mail(self, signup_id: int, new: SignUp) -> None:
        try:
            send_welcome_mail(new.email, new.name)
        except MailError as error:
            logger.warning("no mail: %s", error)
            self.status[signup_id] = "failed"
        else:
            self.status[signup_id] = "mailed"

    async def _enter(self, new: SignUp) -> None:
        try:
            await add_contact(new.email, new.name)
        except CrmError as error:
            logger.warning("no contact: %s", error)

    async def close(self) -> None:
        # Waits for the mails, in a thread, so that the loop can go on.
        await asyncio.to_thread(self._mailers.shutdown, wait=True, cancel_futures=True)
        while self._contacts:
            await asyncio.wait(self._contacts)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.desk = Desk()
    try:
        yield
    finally:
        await app.state.desk.close()


app = FastAPI(lifespan=lifespan)


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp) -> State:
    signup_id = app.state.desk.take(new)
    if signup_id is None:
        raise HTTPException(409, "This address has signed up before")
    return State(id=signup_id, status="queued")


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    status = app.state.desk.status.get(signup_id)
    if status is None:
        raise HTTPException(404, "There is no such sign-up")
    return State(id=signup_id, status=status)
