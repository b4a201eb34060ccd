"""The web application: what every answer has in common. Each request opens the database, reads the moment once, and closes it again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from flask import Flask, Response, request
from jinja2 import PackageLoader, StrictUndefined
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from pubtrack import clock
from pubtrack.answers.choices import Report
from pubtrack.answers.links import LinkRefused, Links
from pubtrack.answers.words import LANGUAGES, Words, words
from pubtrack.config import Settings
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store
from pubtrack.web.limits import Rate

log = logging.getLogger(__name__)

# A page that nobody's script, frame, image or referrer can take part in.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_STATUS = {
    "forged": 403,
    "expired": 410,
    "revoked": 410,
    "gone": 410,
    "form": 403,
    "stale": 409,
    "used": 409,
    "busy": 429,
    "large": 413,
    "missing": 404,
    "method": 405,
    "broken": 500,
}
_FORM_OVERHEAD = 100_000  # bytes of a form beside its file


@dataclass(frozen=True)
class Office:
    """All that the pages need: built once, at the start."""

    settings: Settings
    policies: Sequence[Policy]
    links: Links
    report: Report | None
    moment: Callable[[], datetime]
    rate: Rate

    def store(self) -> Store:
        """Return the database, open for one request."""
        return Store.open(self.settings.database, create=False)


def create(
    settings: Settings,
    *,
    policies: Sequence[Policy],
    links: Links,
    report: Report | None = None,
    moment: Callable[[], datetime] | None = None,
    monotonic: Callable[[], float] = clock.monotonic,
) -> Flask:
    """Given settings with [web], return the application. `report` is the door for publications that people name."""
    from pubtrack.web import pages

    assert settings.web is not None
    office = Office(
        settings,
        policies,
        links,
        report,
        moment or (lambda: clock.now(settings.institution.timezone)),
        Rate(settings.web.per_minute, monotonic),
    )
    app = Flask("pubtrack.web", static_folder=None, template_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=settings.web.max_upload + _FORM_OVERHEAD,
        MAX_FORM_MEMORY_SIZE=_FORM_OVERHEAD,
        MAX_FORM_PARTS=60,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined, "autoescape": True}
    app.jinja_loader = PackageLoader("pubtrack", "templates/web")
    style = files("pubtrack").joinpath("templates/web/answer.css").read_text(encoding="utf-8")

    @app.get("/answer.css")
    def _style() -> Response:
        return Response(style, mimetype="text/css", headers={"Cache-Control": "max-age=3600"})

    @app.get("/robots.txt")
    def _robots() -> Response:
        return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")

    @app.get("/health")
    def _health() -> Response:
        store = office.store()
        store.close()
        return Response("ok\n", mimetype="text/plain")

    pages.add(app, office)
    app.after_request(_guarded)
    app.register_error_handler(Exception, lambda error: _failed(error, office))
    return app


def _guarded(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _failed(error: Exception, office: Office) -> tuple[str, int] | Response:
    """Whatever was not foreseen is told in a plain sentence. The log names no address: that would be the link itself."""
    if isinstance(error, LinkRefused):
        return refuse(error.reason, office)
    if isinstance(error, RequestEntityTooLarge):
        return refuse("large", office)
    if isinstance(error, HTTPException):
        return refuse({404: "missing", 405: "method"}.get(error.code or 0, "form"), office)
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
    log.error("A page failed. error=%s place=%s", type(error).__name__, place)
    return refuse("broken", office)


def refuse(reason: str, office: Office, *, link_id: str = "-", again: bool = False) -> tuple[str, int]:
    """Given why nothing is done, return the page that says so in a plain sentence, and its status; it is logged without the link."""
    log.warning("Refused. reason=%s link=%s method=%s", reason, link_id, request.method)
    first = visitor_words(office)
    other = words(next(language for language in LANGUAGES if language != first.language))
    slots = {"size": (office.settings.web.max_upload if office.settings.web else 0) // 1_000_000}
    page = render(
        "refused.html.j2",
        office,
        first,
        title=first.say("refused.title"),
        sentence=first.say(f"refused.{reason}", **slots),
        second=other,
        second_sentence=other.say(f"refused.{reason}", **slots),
        again=again or reason in ("stale", "used", "form"),
    )
    return page, _STATUS[reason]


def visitor_words(office: Office) -> Words:
    """Return the sentences of the language that the visitor's browser asks for, or else the institution's."""
    wanted = request.accept_languages.best_match(LANGUAGES)
    return words(wanted or office.settings.institution.language)


def render(template: str, office: Office, spoken: Words, **values: Any) -> str:
    """Given a template and what it shows, return the page; everything is escaped."""
    from flask import current_app

    ours = office.settings.institution
    name = ours.name if spoken.language == "nl" else ours.name_en or ours.name
    depth = request.path.count("/") - 1
    return current_app.jinja_env.get_template(template).render(
        words=spoken, contact=ours.contact, sender=f"{ours.contact.name}, {name}", root="../" * depth or "./", **values
    )
