"""Holds Slack messages to the block classes of Slack's own SDK.

Usage: slack_blocks.py FILE, a JSON object of messages by name. Each fault is
a line "name: where: what"; with one, the exit status is 1.
"""

import inspect
import json
import logging
import sys

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, SectionBlock, TextObject
from slack_sdk.webhook import WebhookClient

# What the SDK names in its documentation and does not check.
MOST_BLOCKS = 50
LONGEST_TEXT = 3_000
LONGEST_FIELD = 2_000


def faults_of_message(message):
    """Faults of one message, as pairs of where and what."""
    arguments = inspect.signature(WebhookClient.send).parameters
    for key in message.keys() - arguments.keys():
        yield "message", f"unknown key {key}"
    blocks = message.get("blocks", [])
    if not 1 <= len(blocks) <= MOST_BLOCKS:
        yield "message", f"{len(blocks)} blocks"
    for index, block in enumerate(blocks):
        for fault in faults_of_block(block):
            yield f"block {index} ({block.get('type')})", fault


def faults_of_block(source):
    """Faults of one block: what the SDK's classes refuse, lose or change."""
    try:
        block = Block.parse(source)
        if block is None:
            yield "no known type of block"
            return
        block.validate_json()
        for text in texts_of(block):
            text.validate_json()
        made = block.to_dict()
    except (SlackObjectFormationError, TypeError, KeyError) as error:
        yield str(error)
        return
    if made != source:
        yield f"the SDK makes another block of it: {made}"
    longest = LONGEST_FIELD if isinstance(block, SectionBlock) else LONGEST_TEXT
    for text in texts_of(block):
        if not 1 <= len(text.text) <= longest:
            yield f"a text of {len(text.text)} characters"


def texts_of(block):
    """The text objects of a block."""
    for name in ("text", "fields", "elements"):
        parts = getattr(block, name, None) or []
        for part in parts if isinstance(parts, list) else [parts]:
            if isinstance(part, TextObject):
                yield part


def main():
    """Prints all faults of all messages in the file."""
    logging.disable()
    with open(sys.argv[1], encoding="utf-8") as file:
        messages = json.load(file)
    faults = [(name, *fault) for name, message in messages.items() for fault in faults_of_message(message)]
    for fault in faults:
        print(": ".join(fault).replace("\n", " "))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
