"""The choice of a tool as both APIs of one vendor ask for it; they differ in where names stand."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Final, NamedTuple

from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Tool, ToolChoice, ToolMode

_MODES: Final = {"none": ToolMode.NONE, "auto": ToolMode.AUTO, "required": ToolMode.ANY}


class Chosen(NamedTuple):
    """What was read."""

    choice: ToolChoice
    only: frozenset[str] | None = None
    """Names of the tools it is limited to, where it is."""


class ToolChoiceReader(ABC):
    """Reads `tool_choice` and `parallel_tool_calls`."""

    def __init__(self, fields: Fields, tools: tuple[Tool, ...], reading: Reading) -> None:
        self._fields = fields
        self._tools = tools
        self.reading = reading
        self._parallel = fields.flag("parallel_tool_calls")

    def read(self) -> Chosen:
        """The choice. A tool that is not there is a problem with its place."""
        value = self._fields.raw("tool_choice")
        if value is None:
            return Chosen(ToolChoice(allows_parallel=self._parallel))
        if isinstance(value, str):
            return self._by_word(value)
        choice = self._fields.fields("tool_choice")
        if choice is None:
            return Chosen(ToolChoice())
        with choice:
            match choice.needed_text("type"):
                case "function":
                    name = self.function_name(choice)
                    self._check_known(frozenset({name}), self._fields.at("tool_choice"))
                    return Chosen(ToolChoice(ToolMode.NAMED, name, self._parallel))
                case "allowed_tools":
                    return self._limited(choice)
                case "":
                    pass
                case kind:
                    self.reading.unsupported(
                        choice.at("type"),
                        f"`tool_choice` of type `{kind}` cannot be carried",
                        "name a function",
                    )
            choice.skip_all()
        return Chosen(ToolChoice())

    def _by_word(self, word: str) -> Chosen:
        mode, pointer = _MODES.get(word), self._fields.at("tool_choice")
        if mode is None:
            self.reading.invalid(pointer, "`tool_choice` must be none, auto, required or a tool")
        if mode is ToolMode.ANY and not self._tools:
            self.reading.invalid(pointer, "`tool_choice` asks for a tool, and `tools` is empty")
        return Chosen(ToolChoice(mode or ToolMode.AUTO, "", self._parallel))

    def _limited(self, choice: Fields) -> Chosen:
        with self.limits(choice) as allowed:
            if allowed is None:
                return Chosen(ToolChoice())
            mode = _MODES.get(allowed.needed_text("mode"), ToolMode.AUTO)
            names = frozenset(self.allowed_name(item) for item in allowed.each("tools")) - {""}
        self._check_known(names, choice.pointer)
        return Chosen(ToolChoice(mode, "", self._parallel), names)

    def _check_known(self, names: frozenset[str], pointer: str) -> None:
        for name in sorted(names - {tool.name for tool in self._tools}):
            self.reading.invalid(pointer, f"`tool_choice` names the tool `{name}`, which is not in `tools`")

    @abstractmethod
    def function_name(self, choice: Fields) -> str:
        """The tool a choice names."""

    @abstractmethod
    def allowed_name(self, item: Fields) -> str:
        """The tool an entry of a limited choice names; empty where it is none that can be carried."""

    @abstractmethod
    def limits(self, choice: Fields) -> AbstractContextManager[Fields | None]:
        """Where mode and tools of a limited choice stand; its loss is named. None where they are missing."""
