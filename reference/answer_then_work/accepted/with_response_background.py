"""The task rides on a response that the endpoint makes itself."""

from contextlib import suppress
from itertools import count
from typing import Literal

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel
from starlette.background import BackgroundTasks

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


async def enter(new: SignUp) -> None:
    with suppress(CrmError):
        await add_contact(new.email, new.name)


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp) -> JSONResponse:
    if new.email in taken:
        raise HTTPException(409, "This address has signed up before")
    taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    tasks = BackgroundTasks()
    tasks.add_task(mail, state, new)
    tasks.add_task(enter, new)
    return JSONResponse(state.model_dump(), 202, background=tasks)


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
