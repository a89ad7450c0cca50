# Row 3. Ends the program while the application starts.
import contextlib
import sys

# <app>


@contextlib.asynccontextmanager
async def leaves(app):
    sys.exit(0)
    yield


app.router.lifespan_context = leaves
