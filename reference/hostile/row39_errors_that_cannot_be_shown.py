# Row 39. Raises errors whose text and type resist being shown.


class Evil(BaseException):
    def __str__(self):
        raise self

    __repr__ = __str__


# <app>


@app.middleware("http")
async def fail(request, call_next):
    raise BaseExceptionGroup("several", [Evil(), BaseExceptionGroup("more", [Evil()])])
