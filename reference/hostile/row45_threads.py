# Row 45. Starts threads until it may not (or 2,000 of them).
import threading

held = threading.Event()
try:
    for _ in range(2_000):
        threading.Thread(target=held.wait, daemon=True).start()
except RuntimeError:
    pass

# <app>
