#!/usr/bin/env python3
"""A developer who comes from Pipecat finds every frame and its fields, every parameter and its default, and every event
by its own name, or a line in docs/coming-from-pipecat.md. And every name of ours in that guide exists."""
import json
import re
import sys
from pathlib import Path

from declarations import Declarations, same_default

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "coming-from-pipecat.md"
# Written in code, but no name of ours.
OTHER = {"code", "std", "chrono"}
# What of ours says what a class of the reference says; with its header where the name is not unique.
OURS = {
    "PipelineWorker": ["PipelineTaskOptions", "PipelineTask"],
    "WorkerRunner": ["PipelineRunnerOptions"],
    "VADParams": ["VadParams"],
    "SmartTurnParams": ["TurnAnalyzerOptions"],
    "BaseUserTurnStartStrategy": ["UserTurnStartedParams"],
    "ExternalUserTurnStartStrategy": ["UserTurnStartedParams"],
    "MinWordsUserTurnStartStrategy": ["MinWordsUserTurnStartOptions"],
    "TranscriptionUserTurnStartStrategy": ["TranscriptionUserTurnStartOptions"],
    "WakePhraseUserTurnStartStrategy": ["WakePhraseUserTurnStartOptions", "WakePhraseUserTurnStartStrategy"],
    "BaseUserTurnStopStrategy": ["UserTurnStoppedParams"],
    "EagerUserTurnStopStrategy": ["EagerUserTurnStopOptions"],
    "ExternalUserTurnStopStrategy": ["ExternalUserTurnStopOptions"],
    "SpeechTimeoutUserTurnStopStrategy": ["SpeechTimeoutUserTurnStopOptions"],
    "TurnAnalyzerUserTurnStopStrategy": ["TurnAnalyzerUserTurnStopOptions", "TurnAnalyzerUserTurnStopStrategy"],
    "DTMFAggregator": ["DTMFAggregatorOptions"],
    "GatedAggregator": ["GatedAggregatorOptions"],
    "FunctionFilter": ["FunctionFilterOptions", "FunctionFilter"],
    "AudioBufferProcessor": ["AudioBufferProcessorOptions", "AudioBufferProcessor"],
    "SoundfileMixer": ["SoundfileMixerOptions"],
    "STTService": ["STTOptions", "STTService"],
    "SegmentedSTTService": ["SegmentedSTTOptions", "STTOptions"],
    "TTSService": ["TTSServiceOptions", "TTSService"],
    "LLMService": ["FunctionCallsOptions", "LLMService"],
    "LLMService.register_function": ["FunctionOptions", "LLMService"],
    "WebsocketService": ["WebSocketOptions", "VendorLinkOptions"],
    "DeepgramSTTService": ["DeepgramSTTOptions", "services/deepgram/client.h:ClientOptions",
                           "services/deepgram/protocol.h:Fixed", "STTOptions"],
    "CartesiaTTSService": ["CartesiaTTSOptions", "services/cartesia/client.h:ClientOptions",
                           "services/cartesia/protocol.h:Fixed", "TTSServiceOptions"],
    "BaseOpenAILLMService": ["OpenAILLMOptions", "ChatOptions"],
    "OpenAISTTService": ["OpenAISTTOptions", "SpeechHttpOptions"],
    "OpenAITTSService": ["OpenAITTSOptions", "SpeechHttpOptions"],
    "FastAPIWebsocketParams": ["WebsocketTransportParams"],
    "FastAPIWebsocketTransport": ["WebsocketInputTransport"],
    "SingleClientWebsocketServerParams": ["WebsocketTransportParams"],
    "SingleClientWebsocketServerTransport": ["WebsocketInputTransport"],
    "FrameSerializer.InputParams": ["TelephonyParams"],
    "TwilioFrameSerializer": ["TwilioFrameSerializer", "TwilioCall"],
    "TwilioFrameSerializer.InputParams": ["TelephonyParams"],
    "TelnyxFrameSerializer": ["TelnyxFrameSerializer", "TelnyxCall"],
    "TelnyxFrameSerializer.InputParams": ["TelephonyParams", "TelnyxFrameSerializer"],
    "PlivoFrameSerializer": ["PlivoFrameSerializer", "PlivoCall"],
    "PlivoFrameSerializer.InputParams": ["TelephonyParams"],
    "ExotelFrameSerializer.InputParams": ["TelephonyParams"],
    "VonageFrameSerializer.InputParams": ["TelephonyParams"],
}
# Settings are JSON here: their names stand as texts in what checks them.
SETTINGS = {
    "DeepgramSTTSettings": "services/deepgram/protocol.cc",
    "STTSettings": "services/deepgram/protocol.cc",
    "CartesiaTTSSettings": "services/cartesia/protocol.cc",
    "GenerationConfig": "services/cartesia/protocol.cc",
    "TTSSettings": "services/cartesia/protocol.cc",
    "OpenAILLMSettings": "services/openai/protocol.cc",
    "LLMSettings": "services/openai/protocol.cc",
    "OpenAITTSSettings": "services/openai/speech_protocol.cc",
}


def golden(path):
    return json.loads((ROOT / "tests" / "golden" / path).read_text())


def names_of_ours(text):
    """What stands in backquotes, piece by piece: `Broadcast<F>` names Broadcast and F."""
    for quoted in re.findall(r"`([^`]+)`", text):
        # A call or a declaration as an example.
        if "(" in quoted or " " in quoted:
            continue
        yield from re.findall(r"[A-Za-z_][A-Za-z_0-9]{2,}", quoted)


class Row:
    """A line of a table of the guide: names of the reference, perhaps of one class, and what they are here."""

    def __init__(self, first, here):
        owner, colon, names = first.rpartition(": ")
        self.owners = owner.split(", ") if colon else []
        self.names = re.split(r", ", names)
        self.here = here
        quoted = re.findall(r"`([^`]+)`", re.sub(r"^`\w+`: ", "", here))
        self.ours = dict(zip(self.names, quoted)) if len(quoted) == len(self.names) else {}

    def tells(self, owner, name):
        return name in self.names and (not self.owners or owner in self.owners)

    @property
    def gives_a_reason(self):
        return "`" in self.here or len(self.here.split()) >= 3


def rows_of(guide):
    cells = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", guide, re.M)
    return [Row(first.strip(), here.strip()) for first, here in cells]


class Guide:
    def __init__(self, declarations):
        self.text = GUIDE.read_text()
        self.rows = rows_of(self.text)
        self.declarations = declarations

    def row(self, owner, name):
        found = [row for row in self.rows if row.tells(owner, name)]
        return max(found, key=lambda row: len(row.owners) > 0, default=None)

    def parameter(self, owner, name, default):
        """What is wrong with a parameter; nothing if it is here, with its default, or the guide tells what is here."""
        classes = OURS.get(owner, [owner])
        here = self.declarations.defaults(classes, name)
        if any(same_default(default, one) for one in here):
            return
        row = self.row(owner, name)
        if row is None:
            yield f"{owner}: {name} is neither here nor in the guide" if not here else \
                f"{owner}: {name} has the default {default!r} in the reference, {here} here, and the guide says nothing"
            return
        if not row.gives_a_reason:
            yield f"{owner}: {name}: the guide gives no reason"
        field = row.ours.get(name, "").split("::")[-1]
        other = self.declarations.defaults(classes, field) if field else []
        plain = [one for one in other if one != "<object>"]
        if plain and not any(same_default(default, one) for one in plain) and "default" not in row.here:
            yield f"{owner}: {name} has the default {default!r} in the reference; {field} has {other}: the guide is to say so"

    def told(self, owner, name, what):
        row = self.row(owner, name)
        if row is None or not row.gives_a_reason:
            yield f"{owner}: {what} {name} is neither here nor in the guide"


def check_names(guide, headers):
    known = set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", re.sub(r"//.*", "", headers)))
    checked = set(names_of_ours(guide.text)) - OTHER
    for name in sorted(checked - known):
        yield f"the guide names `{name}`, which no header declares"
    if len(checked) < 200:
        yield f"only {len(checked)} names were found in the guide: is it read right?"


def check_frames(guide, declarations):
    fields = 0
    for frame in golden("runtime/frames.json")["frames"]:
        name = frame["name"]
        if not re.search(rf"\b{name}\b", guide.text):
            yield f"the guide says nothing of {name}"
        if not declarations.knows(name):
            continue
        for field in frame["fields"]:
            fields += 1
            if not declarations.defaults([name], field["name"]):
                yield from guide.told(name, field["name"], "field")
    if fields < 250:
        yield f"only {fields} fields of frames were looked for"


def check_surface(guide, declarations):
    checked = 0
    for one in golden("pipecat/surface.json")["classes"]:
        owner = one["name"]
        settings = SETTINGS.get(owner)
        source = (ROOT / "repartee" / settings).read_text() if settings else ""
        for parameter in one["parameters"]:
            checked += 1
            if settings and f'"{parameter["name"]}"' in source:
                continue
            yield from guide.parameter(owner, parameter["name"], parameter["default"])
        for event in one["events"]:
            checked += 1
            if not declarations.has_event(OURS.get(owner, []) + [owner], event):
                yield from guide.told(owner, event, "event")
    if checked < 400:
        yield f"only {checked} parameters and events were looked for"


def main():
    headers = "\n".join(path.read_text() for path in sorted((ROOT / "repartee").rglob("*.h")))
    headers += (ROOT / "repartee" / "frames" / "frame.cc").read_text()
    declarations = Declarations(ROOT / "repartee")
    guide = Guide(declarations)
    problems = [*check_names(guide, headers), *check_frames(guide, declarations), *check_surface(guide, declarations)]
    classes = golden("pipecat/surface.json")["classes"]
    counted = sum(len(one["parameters"]) + len(one["events"]) for one in classes)
    print("\n".join(problems) or f"{counted} parameters and events of {len(classes)} classes, and the fields of all frames, "
                                  "are here or in the guide")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
