# Row 45. Starts 1,500 threads, whose stacks are so small that memory is no limit.
import threading

threading.stack_size(32 * 2**10)
held = threading.Event()
for _ in range(1_500):
    threading.Thread(target=held.wait, daemon=True).start()
__import__("signal").sigtimedwait([], 5)

# <app>
