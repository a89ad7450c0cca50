# Row 22. Puts the stack, with files and lines of its caller, into an error's text.
import traceback

# <app>

raise RuntimeError("\n".join(traceback.format_stack()))
