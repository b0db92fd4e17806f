"""A template and its words become a message, or a reason why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, FileSystemLoader, TemplateNotFound

from sendgate.errors import RenderError
from sendgate.model.campaigns import Channel
from sendgate.rendering import limits
from sendgate.rendering.budget import Budget, RefusedError, budgeted
from sendgate.rendering.limits import refuse_larger, refuse_longer
from sendgate.rendering.links import refuse_bad_link, refuse_bad_links
from sendgate.rendering.message import Email, Message, Push, Sms
from sendgate.rendering.missing import MissingValueError
from sendgate.rendering.plain_text import plain_text
from sendgate.rendering.requirements import prints_way_out, required_values
from sendgate.rendering.sandbox import Sandbox
from sendgate.rendering.single_line import one_line

if TYPE_CHECKING:
    from jinja2.runtime import Context


class Renderer:
    """Renders the templates of one folder. Each is read and compiled once; one renderer may serve several threads."""

    def __init__(self, templates: Path | BaseLoader) -> None:
        loader = templates if isinstance(templates, BaseLoader) else FileSystemLoader(templates)
        # HTML is escaped and all else is not, in one file: so each file is compiled twice.
        self._escaping = Sandbox(loader, autoescape=True)
        self._plain = Sandbox(loader, autoescape=False)

    def render(self, template: str, channel: Channel, context: Mapping[str, object]) -> Message:
        """Render a template for a channel, with the words that ``context.build_context`` gives.

        Raises RenderError where a value is missing, a link is bad, a part is empty or too large, or the template does
        what the sandbox does not offer. A template that has mistakes for everybody is found by
        ``checking.template_mistakes``.
        """
        with budgeted() as budget:
            try:
                return _WRITERS[channel](_Writing(self._plain, self._escaping, template, context, budget))
            except Exception as error:  # whatever a template does, it concerns this message only
                raise _explained(error, template) from error

    def required_values(self, template: str, channel: Channel) -> tuple[str, ...]:
        """Name the attributes of a person without which the template certainly cannot be rendered.

        Raises RenderError where the template cannot be read.
        """
        try:
            return required_values(self._plain, template, channel)
        except Exception as error:
            raise _explained(error, template) from error

    def prints_way_out(self, template: str, channel: Channel) -> bool:
        """Tell whether every message of a template has a link to unsubscribe in it; raises as ``required_values``."""
        try:
            return prints_way_out(self._plain, template, channel)
        except Exception as error:
            raise _explained(error, template) from error


class _Writing:
    """One message in the making: the blocks of a template, linked with those of its layouts."""

    def __init__(
        self, plain: Sandbox, escaping: Sandbox, template: str, words: Mapping[str, object], budget: Budget
    ) -> None:
        self._plain, self._escaping, self._template = plain, escaping, template
        self._words, self._budget = words, budget
        self._context = self._opened(plain)

    def _opened(self, sandbox: Sandbox) -> Context:
        """Run the top level of the template and its layouts: it says nothing, but imports, sets and links."""
        template = sandbox.get_template(self._template)
        context = template.new_context(dict(self._words))
        for _ in template.root_render_func(context):
            pass
        return context

    def line(self, part: str, most: int, *, may_be_empty: bool = False) -> str:
        """Write a part that must stay on one line, of at most so many characters."""
        self._budget.single_line = True
        text = one_line(self._written(self._context, part, most * 4))  # with room for the template's own layout
        self._budget.single_line = False
        refuse_longer(part, text, most)
        return text if may_be_empty else _not_empty(part, text)

    def text(self, part: str, most: int) -> str:
        """Write a part of several lines, of at most so many bytes; it may be empty."""
        text = self._written(self._context, part, most).strip()
        refuse_larger(part, text, most)
        return text

    def html(self) -> str:
        """Write the HTML; empty where the template has none."""
        if "html" not in self._context.blocks:
            return ""
        html = self._written(self._opened(self._escaping), "html", limits.HTML).strip()
        refuse_larger("html", html, limits.HTML)
        refuse_bad_links(html)
        return html

    def _written(self, context: Context, part: str, most: int) -> str:
        """Collect the pieces of a block, and stop when there are too many."""
        pieces, room = [], most
        for piece in context.blocks[part][0](context) if part in context.blocks else ():
            room -= len(piece)
            if room < 0:
                raise RefusedError(f"{part} has more than {most} characters")
            pieces.append(piece)
        return "".join(pieces)


def _not_empty(part: str, text: str) -> str:
    if not text:
        raise RefusedError(f"{part} is empty")
    return text


def _email(writing: _Writing) -> Email:
    subject = writing.line("subject", limits.SUBJECT)
    preheader = writing.line("preheader", limits.PREHEADER, may_be_empty=True)
    html = writing.html()
    text = writing.text("text", limits.TEXT) or (plain_text(html) if html else "")
    return Email(subject, preheader, html, _not_empty("text", text))


def _sms(writing: _Writing) -> Sms:
    text = _not_empty("text", writing.text("text", limits.SMS_BYTES))
    segments = limits.segments(text)
    if segments > limits.SMS_SEGMENTS:
        raise RefusedError(f"text takes {segments} short messages, more than {limits.SMS_SEGMENTS}")
    return Sms(text, segments)


def _push(writing: _Writing) -> Push:
    title = writing.line("title", limits.PUSH_TITLE)
    body = _not_empty("body", writing.text("body", limits.PUSH))
    refuse_longer("body", body, limits.PUSH_BODY)
    link = writing.line("link", limits.PUSH_LINK, may_be_empty=True)
    if link:
        refuse_bad_link(link)
    refuse_larger("the notification", title + body + link, limits.PUSH)
    return Push(title, body, link)


_WRITERS: Mapping[Channel, Callable[[_Writing], Message]] = {
    Channel.EMAIL: _email,
    Channel.SMS: _sms,
    Channel.PUSH: _push,
}


def _explained(error: Exception, template: str) -> RenderError:
    """Say what went wrong, where, and for want of which value."""
    file, line = _place(error)
    place = f"`{file or template}`" + (f" line {line}" if line else "")
    value = error.value if isinstance(error, MissingValueError) else ""
    return RenderError(f"{place}: {_reason(error)}", template=file or template, value=value, place=place)


def _reason(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template `{error.name}`"
    if isinstance(error, RecursionError):
        return "the template calls itself without end"
    return str(error).strip() or type(error).__name__


def _place(error: Exception) -> tuple[str, int]:
    """Find the innermost template that the error came through, and the line in it."""
    place = (getattr(error, "name", None) or "", getattr(error, "lineno", 0))  # a syntax error names both
    trace = error.__traceback__
    while trace:
        names: dict[str, Any] = trace.tb_frame.f_globals
        if template := names.get("__jinja_template__"):
            place = (template.name, template.get_corresponding_lineno(trace.tb_lineno))
        trace = trace.tb_next
    return place
