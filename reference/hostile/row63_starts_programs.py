# Row 63. Starts programs while it is imported.
import subprocess
import sys

subprocess.run([sys.executable, "-c", "pass"], check=True)

# <app>
