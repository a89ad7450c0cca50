# Row 33. Runs the whole application in a thread with a loop of its own.
import asyncio
import threading

# <app>

served = app


async def app(scope, receive, send):
    if scope["type"] != "http":
        return await served(scope, receive, send)
    outer = asyncio.get_running_loop()

    async def inner_send(event):
        asyncio.run_coroutine_threadsafe(send(event), outer).result()

    async def inner_receive():
        return asyncio.run_coroutine_threadsafe(receive(), outer).result()

    done = asyncio.Event()

    def work():
        asyncio.run(served(scope, inner_receive, inner_send))
        outer.call_soon_threadsafe(done.set)

    threading.Thread(target=work).start()
    await done.wait()
    return None
