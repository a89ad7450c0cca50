# Row 39. As above, while it is imported, with a name that is no name.


class Evil(BaseException):
    def __str__(self):
        raise self

    __repr__ = __str__


Evil.__name__ = "\x1b[31mPASSED\x1b[0m\n" * 3
raise Evil
