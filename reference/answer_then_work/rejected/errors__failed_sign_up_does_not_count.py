"""Wrong: an address is free again while the status of its sign-up is `failed`."""

import logging
from typing import Literal

from fastapi import BackgroundTasks, FastAPI, HTTPException
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel, Field

logger = logging.getLogger(__name__)


class SignUp(BaseModel):
    email: str
    name: str


class State(BaseModel):
    id: int
    status: Literal["queued", "mailed", "failed"] = "queued"


class Record(State):
    sign_up: SignUp = Field(exclude=True)

    def mail(self) -> None:
        """Runs in a thread."""
        try:
            send_welcome_mail(self.sign_up.email, self.sign_up.name)
            self.status = "mailed"
        except MailError as error:
            self.status = "failed"
            logger.warning("%s", error)

    async def enter(self) -> None:
        try:
            await add_contact(self.sign_up.email, self.sign_up.name)
        except CrmError as error:
            logger.warning("%s", error)


records: list[Record] = []
app = FastAPI()


def is_taken(email: str) -> bool:
    return any(
        record.sign_up.email == email for record in records if record.status != "failed"
    )


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, background_tasks: BackgroundTasks) -> State:
    if is_taken(new.email):
        raise HTTPException(409, "This address is taken")
    record = Record(id=len(records), sign_up=new)
    records.append(record)
    background_tasks.add_task(record.mail)
    background_tasks.add_task(record.enter)
    return State(id=record.id)


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if not 0 <= signup_id < len(records):
        raise HTTPException(404, "There is no such sign-up")
    return State(id=signup_id, status=records[signup_id].status)
