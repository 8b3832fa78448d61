"""Contents of a generateContent request into turns. Calls and results are matched where ids are left out."""

from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects.gemini_generate import wire
from offramp.dialects.gemini_generate.parts import (
    MINTED,
    kinds_of,
    read_blob,
    read_file,
    read_text,
    result_of,
)
from offramp.dialects.id_forms import minted_id
from offramp.dialects.pairing import check_pairing, speaker_runs
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Document, Image, Part, Speaker, Text, Thinking, ToolResult, ToolUse, Turn

_SPEAKERS: Final = {
    "": Speaker.USER,
    "function": Speaker.USER,
    "model": Speaker.ASSISTANT,
    "user": Speaker.USER,
}
_ONE_KIND: Final = "a part holds exactly one of text, inlineData, fileData, functionCall, functionResponse, …"


class Contents:
    """One pass over the contents of a request."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._calls = 0
        self._open: list[tuple[str, str]] = []
        """Id and name of the calls of the model's last turn that have no result yet."""
        self._speaker = Speaker.USER

    def read(self, fields: Fields) -> tuple[Turn, ...]:
        """The turns of `contents`."""
        turns: list[Turn] = []
        pointers: list[str] = []
        for content in fields.each("contents"):
            with content:
                role = content.text("role") or ""
                speaker = _SPEAKERS.get(role)
                if speaker is None:
                    self._reading.invalid(content.at("role"), "`role` must be user or model")
                    content.skip("parts")
                    continue
                goes_on = speaker is Speaker.ASSISTANT and self._speaker is speaker and bool(turns)
                self._begin(speaker)
                parts = [part for item in content.each("parts") for part in self._part(item, speaker)]
            if goes_on:
                parts = joined(list(turns.pop().parts), parts)
            else:
                pointers.append(content.pointer)
            turns.append(Turn(speaker, tuple(parts)))
        if not turns:
            self._reading.invalid(fields.at("contents"), "`contents` must hold at least one content")
        check_pairing(*speaker_runs(turns, pointers), self._reading)
        return tuple(turns)

    def _begin(self, speaker: Speaker) -> None:
        if speaker is Speaker.ASSISTANT and self._speaker is Speaker.USER:
            self._open = []
        self._speaker = speaker

    def _part(self, part: Fields, speaker: Speaker) -> tuple[Part, ...]:
        with part:
            kinds = kinds_of(part)
            if len(kinds) != 1:
                if kinds or not part.has("thoughtSignature"):
                    self._reading.invalid(part.pointer, _ONE_KIND)
                part.skip(*kinds)
                return () if kinds else read_text(part)
            if kinds == ["text"]:
                return read_text(part)
            read = self._one(part, kinds[0], speaker)
        return () if read is None else (read,)

    def _one(self, part: Fields, kind: str, speaker: Speaker) -> Part | None:
        match kind, speaker:
            case (("inlineData" | "fileData"), Speaker.USER):
                value = part.fields(kind)
                if value is None:
                    return None
                read = read_blob if kind == "inlineData" else read_file
                return read(value, self._reading)
            case (("inlineData" | "fileData"), _):
                self._reading.unsupported(
                    part.at(kind), "files the model made cannot be carried", "leave the part out"
                )
            case "functionCall", Speaker.ASSISTANT:
                return self._call(part)
            case "functionResponse", Speaker.USER:
                return self._result(part)
            case (("functionCall" | "functionResponse"), _):
                side = "model" if kind == "functionCall" else "user"
                self._reading.invalid(part.at(kind), f"`{kind}` can stand in a turn of the {side} only")
            case _:
                return None  # refused as untaken
        part.skip(kind, "thoughtSignature")
        return None

    def _call(self, part: Fields) -> ToolUse | None:
        said = part.text("thoughtSignature") or ""
        signature = "" if said == wire.UNSEALED else said
        if signature:
            part.leave("thoughtSignature")
        call = part.fields("functionCall")
        if call is None:
            return None
        with call:
            name = call.needed_text("name")
            own_id = call.text("id") or minted_id(MINTED, str(self._calls), name)
            arguments = call.json_object("args") or {}
        self._calls += 1
        self._open.append((own_id, name))
        return ToolUse(own_id, name, arguments, signature)

    def _result(self, part: Fields) -> ToolResult | None:
        result = part.fields("functionResponse")
        if result is None:
            return None
        with result:
            given = result.text("id") or ""
            name = result.needed_text("name")
            own_id = self._matched(given, name)
            text, is_error = self._response(result)
            files = tuple(file for item in result.each("parts") for file in self._file(item))
        said = (Text(text),) if text else ()
        return ToolResult(own_id, (*said, *files), is_error)

    def _matched(self, given: str, name: str) -> str:
        """The id of the call a result answers: by id, else the first open one of that name, else as given."""
        by_id = [call for call in self._open if given and call[0] == given]
        by_name = [call for call in self._open if call[1] == name]
        for call in (by_id or by_name)[:1]:
            self._open.remove(call)
            return call[0]
        return given or name

    def _response(self, result: Fields) -> tuple[str, bool]:
        response: JsonObject | None = result.json_object("response")
        return result_of(response) if response else ("", False)

    def _file(self, part: Fields) -> tuple[Image | Document, ...]:
        with part:
            for name, read in (("inlineData", read_blob), ("fileData", read_file)):
                value = part.fields(name) if part.has(name) else None
                if value is not None:
                    file = read(value, self._reading)
                    return () if file is None else (file,)
            self._reading.invalid(part.pointer, "a part of a result holds `inlineData` or `fileData`")
        return ()


def joined(before: list[Part], after: list[Part]) -> list[Part]:
    """Two contents of the model's as one: a stream's pieces come back as one content each.

    Text goes on in the next; reasoning does until its seal.
    """
    if before and after:
        match before[-1], after[0]:
            case Text(first), Text(second):
                return [*before[:-1], Text(first + second), *after[1:]]
            case Thinking(first, "", False), Thinking(second, signature, False, origin):
                return [*before[:-1], Thinking(first + second, signature, origin=origin), *after[1:]]
    return [*before, *after]
