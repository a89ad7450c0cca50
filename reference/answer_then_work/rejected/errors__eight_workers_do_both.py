"""Each of eight workers enters the contact after the mail before it goes on."""

import asyncio
import logging
from collections.abc import AsyncIterator
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
        self._queue: asyncio.Queue[tuple[int, SignUp]] = asyncio.Queue()
        self._workers = [asyncio.create_task(self._work()) for _ in range(8)]

    def take(self, new: SignUp) -> int | None:
        if new.email in self.ids:
            return None
        signup_id = self.ids[new.email] = len(self.ids) + 1
        self.status[signup_id] = "queued"
        self._queue.put_nowait((signup_id, new))
        return signup_id

    async def _work(self) -> None:
        while True:
            signup_id, new = await self._queue.get()
            try:
                await self._mail(signup_id, new)
                await self._enter(new)
            except Exception:
                logger.exception("sign-up %s", signup_id)
            finally:
                self._queue.task_done()

    async def _mail(self, signup_id: int, new: SignUp) -> None:
        try:
            await asyncio.to_thread(send_welcome_mail, new.email, new.name)
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
        await self._queue.join()
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)


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
