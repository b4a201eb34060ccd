"""The staff's desk: the review queue, letters, what is overdue, uncertain messages and reference lists, on this machine alone.

Whoever starts it gets an address with a word in it that opens it once; the browser then holds a cookie that ends with the process. There
is no other way in, and a request that names another host than ours is refused: a page elsewhere cannot reach it through the browser.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, request, send_file
from jinja2 import PackageLoader, StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from pubtrack import export
from pubtrack.answers import apply
from pubtrack.clock import stamp
from pubtrack.config import Settings
from pubtrack.errors import PubtrackError, UsageError
from pubtrack.matching import queue
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store, letters, outbox, references
from pubtrack.web.app import HEADERS

COOKIE = "pubtrack_desk"
_SHOWN = 20  # of a queue at once
_OVERDUE = 200
_NAMES = {"127.0.0.1", "localhost", "[::1]"}


@dataclass
class Key:
    """What opens the desk: a word for the first visit, then a cookie, and a word in every form."""

    first: str | None = field(default_factory=lambda: secrets.token_urlsafe(24))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    form: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    refused: set[tuple[str, str]] = field(
        default_factory=set
    )  # work and project: the queue drops them at the next match


def create(
    settings: Settings, *, policies: Sequence[Policy], moment: Callable[[], datetime], key: Key, who: str = "staff"
) -> Flask:
    """Given the settings, return the desk; what is decided there is recorded as said by `who`."""
    app = Flask("pubtrack.desk", static_folder=None, template_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=20_000, PROPAGATE_EXCEPTIONS=False)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined, "autoescape": True}
    app.jinja_loader = PackageLoader("pubtrack", "templates/web")
    style = files("pubtrack").joinpath("templates/web/answer.css").read_text(encoding="utf-8")

    _guard(app, key)
    _add_pages(app, settings, policies, moment, key, who)

    @app.get("/answer.css")
    def _style() -> Response:
        return Response(style, mimetype="text/css")

    return app


def _guard(app: Flask, key: Key) -> None:
    """Let in whoever opened the desk, from this machine and by its own forms; nobody else."""

    @app.before_request
    def _only_here() -> tuple[str, int] | None:
        if request.host.rsplit(":", 1)[0] not in _NAMES:
            return _page(app, "This desk is opened on the machine that it runs on.", 421)
        open_to_all = request.path == "/answer.css" or request.path.startswith("/open/")
        if not open_to_all and not hmac.compare_digest(request.cookies.get(COOKIE, ""), key.cookie):
            return _page(
                app, "Open the desk by the address that `pubtrack desk` printed. Start it again for a new one.", 403
            )
        if request.method == "POST" and not hmac.compare_digest(request.form.get("form", ""), key.form):
            return _page(app, "This form is not of this desk, so nothing was recorded. Open the desk again.", 403)
        return None

    @app.after_request
    def _guarded(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.errorhandler(Exception)
    def _failed(error: Exception) -> tuple[str, int]:
        if isinstance(error, HTTPException):
            return _page(app, "There is nothing at this address.", error.code or 500)
        said = str(error) if isinstance(error, PubtrackError) else f"Something went wrong ({type(error).__name__})."
        return _page(app, said, 500)


def _add_pages(
    app: Flask,
    settings: Settings,
    policies: Sequence[Policy],
    moment: Callable[[], datetime],
    key: Key,
    who: str,
) -> None:
    @app.get("/open/<word>")
    def _open(word: str) -> BaseResponse | tuple[str, int]:
        if request.method != "GET" or key.first is None or not hmac.compare_digest(word.encode(), key.first.encode()):
            return _page(app, "This address was used before, or is none of ours. Start `pubtrack desk` again.", 403)
        key.first = None
        answer = redirect("/", 303)
        answer.set_cookie(COOKIE, key.cookie, httponly=True, samesite="Strict")
        return answer

    @app.get("/")
    def _desk() -> str:
        store = Store.open(settings.database, create=False)
        try:
            return _shown(app, store, policies, moment(), key, request.args.get("told", ""))
        finally:
            store.close()

    @app.get("/list/<int:number>/<int:place>")
    def _list(number: int, place: int) -> BaseResponse | tuple[str, int]:
        store = Store.open(settings.database, create=False)
        try:
            held = {row["id"]: row["files"] for row in references.lists(store)}
        finally:
            store.close()
        paths = [Path(path) for path in held.get(number, ())]
        mine = [path for path in paths if path.resolve().is_relative_to(settings.reports.resolve())]
        if place >= len(paths) or paths[place] not in mine or not paths[place].is_file():
            return _page(app, "That file is not there. Make the list anew with: pubtrack references", 404)
        return send_file(paths[place].absolute(), as_attachment=True)

    @app.post("/act")
    def _act() -> BaseResponse | tuple[str, int]:
        store = Store.open(settings.database, create=False)
        try:
            sent = request.form.to_dict()
            told = _done(store, sent, who, moment())
            if sent.get("act") == "not_mine":
                key.refused.add((sent.get("work", ""), sent.get("project", "")))
        except UsageError as error:
            return _page(app, str(error), 422)
        finally:
            store.close()
        return redirect(f"/?told={told}", 303)


def _done(store: Store, sent: dict[str, str], who: str, now: datetime) -> str:
    """Given a form, do what it says, and return a word for what was done. Raise UsageError if it fits nothing."""
    act, number = sent.get("act", ""), sent.get("number", "")
    if act in ("mine", "not_mine"):
        made = apply.apply(
            store,
            answer=act,
            who=who,
            through="desk",
            now=now,
            project=sent.get("project"),
            work=sent.get("work"),
            note=sent.get("note", "")[:500] or None,
        )
        return f"decision-{made.id}"
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        raise UsageError("This form names nothing that is known.")
    if act == "letter":
        letters.done(store, int(number), who=who, at=stamp(now))
    elif act == "retry":
        outbox.retry(store, int(number))
    elif act == "arrived":
        outbox.arrived(store, int(number))
    else:
        raise UsageError("This form says nothing that is known.")
    return f"{act}-{int(number)}"


def _shown(app: Flask, store: Store, policies: Sequence[Policy], now: datetime, key: Key, told: str) -> str:
    asked: list[dict[str, Any]] = [
        item for item in queue.review(store) if (str(item["work"]), item["project"]) not in key.refused
    ]
    overdue = [row for row in export.duties(store, policies, now=now) if row["state"] == "overdue"]
    return app.jinja_env.get_template("desk.html.j2").render(
        form=key.form,
        told=told if told.replace("-", "").isalnum() else "",
        asked=asked[:_SHOWN],
        asked_all=len(asked),
        letters=letters.waiting(store)[:_SHOWN],
        overdue=overdue[:_OVERDUE],
        overdue_all=len(overdue),
        uncertain=outbox.every(store, state="uncertain")[:_SHOWN],
        lists=[row | {"names": [Path(path).name for path in row["files"]]} for row in references.lists(store)][::-1],
    )


def _page(app: Flask, sentence: str, status: int) -> tuple[str, int]:
    return app.jinja_env.get_template("desk_says.html.j2").render(sentence=sentence), status
