"""A receipt archive. Write the three endpoints that README.md describes.

For each file operation ask: on which thread does it run?
"""

from typing import Annotated, Any

import aiofiles
import aiofiles.os
from fastapi import FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from given import ARCHIVE

app = FastAPI()


@app.put("/receipts/{receipt_id}", status_code=201)
async def store(receipt_id: str, request: Request) -> dict[str, Any]:
    # TODO: take the body piece by piece (request.stream()) and keep it in ARCHIVE
    raise HTTPException(501, "Not written yet")


@app.get("/receipts/{receipt_id}")
async def read(receipt_id: str) -> Response:
    # TODO: send the receipt piece by piece
    raise HTTPException(501, "Not written yet")


@app.get("/receipts/{receipt_id}/lines")
async def read_lines(receipt_id: str) -> dict[str, Any]:
    # TODO: answer {"lines": […]} with `count` lines from line `start` on
    raise HTTPException(501, "Not written yet")
