# Row 44. Takes memory while it serves, and asks for it again when it is refused.

# <app>

blocks = []


@app.middleware("http")
async def take(request, call_next):
    while request.url.path == "/health" and len(blocks) < 256:
        try:
            blocks.append(bytes(2**24))
        except MemoryError:
            blocks.append(b"")
    return await call_next(request)
