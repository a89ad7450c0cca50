"""Given: where the receipts are kept. Use it, leave it as it is."""

from pathlib import Path

# In the folder in which the service runs. It exists before the first request.
ARCHIVE = Path("receipts")
ARCHIVE.mkdir(exist_ok=True)
