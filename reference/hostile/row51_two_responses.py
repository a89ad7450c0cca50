# Row 51. Answers twice: once well, once with what it likes better.

# <app>

served = app


async def app(scope, receive, send):
    await served(scope, receive, send)
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
