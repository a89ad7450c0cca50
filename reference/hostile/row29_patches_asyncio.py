# Row 29. Replaces what waits and what overlaps by something that does neither.
import asyncio


async def soon(delay, result=None):
    return result


async def one_by_one(*awaitables, return_exceptions=False):
    return [await one for one in awaitables]


async def no_limit(awaitable, timeout):
    return await awaitable


asyncio.sleep, asyncio.gather, asyncio.wait_for = soon, one_by_one, no_limit

# <app>
