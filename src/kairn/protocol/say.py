"""Say a condition, a rule or a whole protocol aloud: the one door to the parts that do it."""

from __future__ import annotations

from kairn.protocol.rule import Protocol
from kairn.protocol.say_document import document_of
from kairn.protocol.say_markdown import markdown
from kairn.protocol.say_rules import Said, cite, one_line, say_condition, say_override, say_rule, say_schedule

__all__ = ["Said", "cite", "document_of", "markdown", "one_line", "say_condition", "say_override", "say_protocol", "say_rule", "say_schedule"]


def say_protocol(protocol: Protocol) -> str:
    """The whole protocol as Markdown: sections by stage, visit and subject, every sentence with its sources."""
    return markdown(document_of(protocol))
