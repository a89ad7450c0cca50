"""The model strips the white space off the name."""

import logging
from itertools import count
from typing import Literal

from fastapi import BackgroundTasks, FastAPI, HTTPException
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel, ConfigDict

logger = logging.getLogger(__name__)
app = FastAPI()

Status = Literal["queued", "mailed", "failed"]


class SignUp(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)

    email: str
    name: str


class State(BaseModel):
    id: int
    status: Status


_numbers = count(1)
_taken: set[str] = set()
_status: dict[int, Status] = {}


def mail(signup_id: int, email: str, name: str) -> None:
    """Send the mail. A `def`, so the background tasks run it in a thread."""
    try:
        send_welcome_mail(email, name)
    except MailError as error:
        logger.warning("no mail for sign-up %s: %s", signup_id, error)
        _status[signup_id] = "failed"
    else:
        _status[signup_id] = "mailed"


async def enter(signup_id: int, email: str, name: str) -> None:
    try:
        await add_contact(email, name)
    except CrmError as error:
        logger.warning("no contact for sign-up %s: %s", signup_id, error)


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, tasks: BackgroundTasks) -> State:
    # No await between the look and the entry: nobody comes in between.
    if new.email in _taken:
        raise HTTPException(409, "This address has signed up before")
    _taken.add(new.email)
    signup_id = next(_numbers)
    _status[signup_id] = "queued"
    # They run in this order, so no mail waits for a contact.
    tasks.add_task(mail, signup_id, new.email, new.name)
    tasks.add_task(enter, signup_id, new.email, new.name)
    return State(id=signup_id, status="queued")


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if signup_id not in _status:
        raise HTTPException(404, "There is no such sign-up")
    return State(id=signup_id, status=_status[signup_id])
