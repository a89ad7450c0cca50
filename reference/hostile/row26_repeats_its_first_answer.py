# Row 26. What is answered depends on how often it was asked for.

# <app>

served = app
first = []


async def app(scope, receive, send):
    if scope["type"] != "http":
        return await served(scope, receive, send)
    if first:
        for event in first:
            await send(event)
        return None

    async def keep(event):
        first.append(event)
        await send(event)

    await served(scope, receive, keep)
    return None
