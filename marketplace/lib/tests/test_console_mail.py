"""The demo's mail server."""

import pytest
from django.core.mail import EmailMultiAlternatives

from marketplace.lib.console_mail import EmailBackend


def test_an_email_is_logged_as_its_text_without_its_html(caplog: pytest.LogCaptureFixture) -> None:
    message = EmailMultiAlternatives("Paid", "Open http://localhost/", to=["ana@example.com"])
    message.attach_alternative("<p>Open</p>", "text/html")

    with caplog.at_level("INFO"):
        assert EmailBackend().send_messages([message]) == 1

    assert caplog.messages == ["E-mail to ana@example.com: Paid\nOpen http://localhost/"]
