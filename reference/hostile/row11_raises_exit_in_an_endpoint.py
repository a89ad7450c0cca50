# Row 11. Asks the test framework to end the whole session well.

# <app>


@app.middleware("http")
async def leave(request, call_next):
    import pytest

    pytest.exit("all passed", returncode=0)
