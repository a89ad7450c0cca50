# Row 50. Answers without end.

# <app>


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send(
            {"type": "http.response.body", "body": b"x" * 2**16, "more_body": True}
        )
