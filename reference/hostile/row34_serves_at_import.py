# Row 34. Starts a server of its own while it is imported.
import uvicorn

# <app>

uvicorn.run(app, port=8000)
