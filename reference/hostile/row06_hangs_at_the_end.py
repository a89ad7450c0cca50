# Row 6. Two things that keep an interpreter from ending: a thread and an exit handler.
import atexit
import threading
import time


def hang():
    while True:
        time.sleep(3600)


atexit.register(hang)
threading.Thread(target=hang).start()

# <app>
