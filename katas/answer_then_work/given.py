"""Given: the mail server and the CRM. Use them, leave this file as it is.

`send_welcome_mail` blocks: the thread that calls it does nothing else until the mail is
sent. `add_contact` is asynchronous: await it.
"""

from __future__ import annotations

import asyncio
import time


class MailError(Exception):
    """The mail server did not take the mail."""


class CrmError(Exception):
    """The CRM did not take the contact."""


def send_welcome_mail(email: str, name: str) -> None:
    """Send the welcome mail over SMTP, and wait until the mail server has taken it.

    Raises:
        MailError: it did not. Here it takes no mail for an address at example.org.
    """
    time.sleep(0.3)
    if email.endswith("@example.org"):
        raise MailError(f"550 no such mailbox: {email}")


async def add_contact(email: str, name: str) -> None:
    """Enter a contact in the CRM.

    Raises:
        CrmError: it was not entered. Here that happens to a name of one letter.
    """
    await asyncio.sleep(0.2)
    if len(name) < 2:
        raise CrmError(f"no name: {name!r}")
