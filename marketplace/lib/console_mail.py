"""The demo's mail server: an e-mail is a line in the log, with its text below; nobody reads HTML on a console."""

import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger(__name__)


class EmailBackend(BaseEmailBackend):
    """Logs e-mails instead of sending them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Log each message's receivers, subject and text; return how many there were."""
        for message in email_messages:
            logger.info("E-mail to %s: %s\n%s", ", ".join(message.recipients()), message.subject, message.body.strip())
        return len(email_messages)
