"""A message as Slack blocks (https://api.slack.com/reference/block-kit/blocks). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pubtrack.reminders.views import Block, Button, Item, View

# Slack's own limits: blocks in a message, characters in a header, a section, a button and its value.
_BLOCKS = 50
_HEADER = 150
_SECTION = 3000
_LABEL = 75
_VALUE = 2000


def slack_blocks(view: View) -> tuple[Mapping[str, Any], ...]:
    """Given what a message says, return it as blocks, within Slack's limits; what is left out is said in the last but one."""
    blocks = [_header(view.subject), _section(mrkdwn("\n".join(part for part in (view.greeting, view.intro) if part)))]
    end = [
        _section(
            "\n".join(
                [
                    *([f"*{mrkdwn(view.heading)}*", mrkdwn(view.answers_intro)] if view.heading else []),
                    *(f"• {mrkdwn(answer)}" for answer in view.answers),
                    mrkdwn(view.after),
                ]
            )
        )
    ]
    if view.footer:
        end.append({"type": "context", "elements": [_text("\n".join(mrkdwn(line) for line in view.footer))]})
    if view.stop and len(view.stop.token) <= _VALUE:
        end.append({"type": "actions", "elements": [_button(view.stop)]})
    room = _BLOCKS - len(blocks) - len(end) - 1
    left_out = view.left_out
    for number, block in enumerate(view.blocks):
        shown = list(_block(block, view))
        if len(shown) > room:
            rest = len(view.blocks) - number
            left_out = f"… (+{rest})" + (f" {left_out}" if left_out else "")
            break
        room -= len(shown)
        blocks += shown
    if left_out:
        blocks.append(_section(mrkdwn(left_out)))
    return (*blocks, *end)


def mrkdwn(text: str) -> str:
    """Given plain text, return it so that Slack shows it as it is: no mention, no link (https://api.slack.com/reference/surfaces/formatting#escaping)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _block(block: Block, view: View) -> Iterator[dict[str, Any]]:
    yield {"type": "divider"}
    heading = _unstarred(block.heading)
    linked = f"<{mrkdwn(block.url)}|{heading}>" if block.url else heading
    yield _section("\n".join([f"*{linked}*", *(mrkdwn(line) for line in block.under)]))
    for item in block.items:
        yield _section(_item(item))
    if block.note:
        yield {"type": "context", "elements": [_text(mrkdwn(block.note))]}
    elements = [_button(button) for button in block.buttons if len(button.token) <= _VALUE]
    if block.page and len(block.page) <= _SECTION:
        elements.append({"type": "button", "text": _plain(view.more), "url": block.page, "action_id": "page"})
    if elements:
        yield {"type": "actions", "elements": elements}


def _button(button: Button) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": f"answer:{button.choice}",
        "text": _plain(button.label),
        "value": button.token,
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text[:_LABEL], "emoji": False}


def _item(item: Item) -> str:
    lines = [f"*{_unstarred(item.title)}*", mrkdwn(" ".join(part for part in (item.why, item.by) if part))]
    if item.suggestion:
        lines += [mrkdwn(item.paste), f"> {mrkdwn(item.suggestion)}"]
    if item.rule:
        lines.append(mrkdwn(" ".join(part for part in (item.rule, item.own_day) if part)))
    return "\n".join(lines)


def _unstarred(text: str) -> str:
    return mrkdwn(text.replace("*", "∗"))  # a star would end the bold


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text[:_HEADER], "emoji": False}}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _text(text)}


def _text(text: str) -> dict[str, Any]:
    cut = text if len(text) <= _SECTION else f"{text[: _SECTION - 10].rsplit(' ', 1)[0]} …"
    return {"type": "mrkdwn", "text": cut, "verbatim": True}  # or Slack makes mentions of @here and #general in a title
