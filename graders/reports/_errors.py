"""What can go wrong with a report."""


class ReportError(Exception):
    """A report that cannot be made; the text names the value and the remedy."""
