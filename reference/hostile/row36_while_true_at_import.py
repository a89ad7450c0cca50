# Row 36. Never ends, in Python.
while True:
    pass
