"""A message as somebody can look at it: on a page that runs nothing, as plain text, or as a mail file."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr
from html import escape

from sendgate.rendering.message import Email, Message, Push

CONTENT_SECURITY_POLICY = "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; font-src https:"
"""No script, no form target, no frame from elsewhere; pictures and inline styles only."""


def lines(message: Message) -> list[tuple[str, str]]:
    """Give the short parts of a message by name."""
    match message:
        case Email():
            return [("subject", message.subject), ("preheader", message.preheader)]
        case Push():
            return [("title", message.title), ("link", message.link)]
    return [("short messages", str(message.segments))]


def body(message: Message) -> str:
    """Give what is read, as plain text."""
    return message.body if isinstance(message, Push) else message.text


def text_page(message: Message) -> str:
    """Write a message as plain text, its short parts on top."""
    head = "".join(f"{name.capitalize()}: {value}\n" for name, value in lines(message) if value)
    return f"{head}\n{body(message)}\n"


def html_page(message: Message, about: str) -> str:
    """Write a page that shows a message in a frame without rights; ``about`` says what the decision was.

    The policy of the page holds in the frame too: a browser runs no script of it, and asks for nothing but pictures.
    """
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in lines(message) if value)
    html = message.html if isinstance(message, Email) and message.html else f"<pre>{escape(body(message))}</pre>"
    return _PAGE.format(policy=escape(CONTENT_SECURITY_POLICY), about=escape(about), rows=rows, frame=escape(html))


def mail_file(message: Email, sender: str, recipient: str) -> bytes:
    """Write a mail as a mail program opens it, marked as not sent. Raises ValueError for a malformed address.

    An address that is not ASCII before its ``@`` stands in UTF-8, as RFC 6532 has it.
    """
    addresses = {header: parseaddr(mailbox) for header, mailbox in (("From", sender), ("To", recipient))}
    ascii_only = all(address.isascii() for _, address in addresses.values())
    mail = EmailMessage(policy=SMTP if ascii_only else SMTPUTF8)
    mail["Subject"] = message.subject
    for header, (name, address) in addresses.items():
        if address:
            mail[header] = _address(name, address)
    mail["X-Unsent"] = "1"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail.as_bytes()


def _address(name: str, address: str) -> Address:
    if address.isascii():
        return Address(name, addr_spec=address)
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)  # in one piece, ``email`` takes it for a defect


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<title>sendgate preview</title>
<style>
  body {{ margin: 0; display: flex; flex-direction: column; height: 100vh; font: 14px/1.5 system-ui, sans-serif }}
  header {{ padding: 12px 20px; background: #f4f2ee; border-bottom: 1px solid #d8d4cc; color: #333 }}
  header p {{ margin: 0 0 6px; color: #777 }}
  dl {{ margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px }}
  dt {{ color: #777 }} dd {{ margin: 0; font-weight: 600 }}
  iframe {{ flex: 1; border: 0; width: 100% }}
</style>
</head>
<body>
<header><p>{about}</p><dl>{rows}</dl></header>
<iframe sandbox="" title="the message" srcdoc="{frame}"></iframe>
</body>
</html>
"""
