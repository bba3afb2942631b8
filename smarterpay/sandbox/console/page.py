"""Answers for the page: shows it, and turns its forms into control calls; knows no rule."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import parse_qsl, urlencode

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from smarterpay.sandbox.console.forms import FORMS, BadFormError, Fields, Form
from smarterpay.sandbox.console.same_site import why_foreign
from smarterpay.sandbox.console.views import Views
from smarterpay.sandbox.console.words import spoken
from smarterpay.sandbox.control.control import BASE, Control
from smarterpay.sandbox.http.answers import Answer
from smarterpay.sandbox.http.protocol import Arrival

FORM_BASE = f"{BASE}/page/"
STYLE = f"{BASE}/page/style.css"
HTML = "text/html; charset=utf-8"
KEPT_NOTICES = 50
_ALLOWED_CONTENT = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_GUARDS = (
    ("Content-Security-Policy", _ALLOWED_CONTENT),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What came of the last form: its words, and whether it was done."""

    number: int
    text: str
    done: bool


class Console:
    """The page over one sandbox."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._views = Views(control)
        self._notices: deque[Notice] = deque(maxlen=KEPT_NOTICES)
        self._count = 0
        self._pages = Environment(
            loader=PackageLoader(__package__, "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters["spoken"] = spoken

    @staticmethod
    def owns(method: str, path: str) -> bool:
        """Whether a call is one for the page and not a control call."""
        return path.startswith(FORM_BASE) or (method == "GET" and path in {BASE, BASE + "/"})

    async def answer(self, arrival: Arrival) -> Answer:
        """The page, its style, or the way back to it after a form."""
        if arrival.path == STYLE:
            return Answer(200, _style(), "text/css; charset=utf-8", headers=_GUARDS)
        if not arrival.path.startswith(FORM_BASE):
            return await self._page(dict(parse_qsl(arrival.query)))
        form = FORMS.get(arrival.path.removeprefix(FORM_BASE))
        if form is None:
            return self._plain(404, "This page has no such form.")
        if arrival.method != "POST":
            return self._plain(405, "A form is sent with POST.", allow="POST")
        foreign = why_foreign(arrival)
        if foreign is not None:
            return self._plain(403, f"Not done: {foreign}.")
        fields = dict(parse_qsl((arrival.body or b"").decode("utf-8", "replace")))
        return self._back(form, fields, await self._submit(form, fields))

    async def _page(self, query: Mapping[str, str]) -> Answer:
        notice = next(
            (one for one in self._notices if str(one.number) == query.get("notice")), None
        )
        shown = await self._views.collect(query)
        text = self._pages.get_template("page.html").render(
            notice=notice, form_base=FORM_BASE, style=STYLE, base=BASE, **shown
        )
        return Answer(200, text.encode(), HTML, headers=_GUARDS)

    async def _submit(self, form: Form, fields: Fields) -> Notice:
        """Make the control call that the form stands for."""
        try:
            body = form.body(self._control.platform, fields)
            answer = await self._control.answer(
                form.method, form.call(fields), "", orjson.dumps(body)
            )
        except BadFormError as bad:
            return self._notice(str(bad), done=False)
        content = orjson.loads(answer.body)
        if answer.status != 200:
            return self._notice(str(content.get("error", content)), done=False)
        return self._notice(form.told(fields, content), done=True)

    def _notice(self, text: str, *, done: bool) -> Notice:
        self._count += 1
        notice = Notice(self._count, text, done)
        self._notices.append(notice)
        return notice

    def _back(self, form: Form, fields: Fields, notice: Notice) -> Answer:
        """Send the reader back to where the form stood, so that a reload repeats nothing."""
        shown = {"kind": "at_kind", "record": "at_record"}
        kept = {name: fields[field] for name, field in shown.items() if fields.get(field)}
        query = urlencode({**kept, "notice": notice.number})
        where = (("Location", f"{BASE}/?{query}#{form.part}"),)
        return Answer(303, b"", HTML, headers=(*_GUARDS, *where))

    def _plain(self, status: int, text: str, allow: str | None = None) -> Answer:
        body = self._pages.get_template("plain.html").render(text=text, style=STYLE, base=BASE)
        return Answer(status, body.encode(), HTML, allow=allow, headers=_GUARDS)


def _style() -> bytes:
    return files(__package__).joinpath("templates/style.css").read_bytes()
