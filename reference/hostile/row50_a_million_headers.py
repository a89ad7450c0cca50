# Row 50. Sends more headers than anybody reads.

# <app>


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    headers = [(b"x-%d" % number, b"x") for number in range(10**5)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})
