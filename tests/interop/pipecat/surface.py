#!/usr/bin/env python3
"""What a program of Pipecat's sees of the classes a voice agent is made of: parameters with their defaults, fields,
events. Prints it as JSON, which is kept as tests/golden/pipecat/surface.json. Reads the installed sources without running
them. Usage: surface.py FOLDER_OF_THE_PACKAGE"""
import ast
import importlib.util
import json
import sys
from pathlib import Path

# Module, class (its fields or the parameters of its constructor) or class and method.
CLASSES = """
pipeline.worker PipelineParams PipelineWorker
workers.runner WorkerRunner
pipeline.service_switcher ServiceSwitcher
pipeline.llm_switcher LLMSwitcher
processors.frame_processor FrameProcessor
observers.turn_tracking_observer TurnTrackingObserver
observers.user_bot_latency_observer UserBotLatencyObserver
observers.startup_timing_observer StartupTimingObserver
audio.vad.vad_analyzer VADParams
audio.turn.smart_turn.base_smart_turn SmartTurnParams
turns.user_turn_strategies UserTurnStrategies
turns.empty_user_turn EmptyUserTurnConfig
turns.user_turn_completion_mixin UserTurnCompletionConfig
turns.user_start.base_user_turn_start_strategy BaseUserTurnStartStrategy
turns.user_start.external_user_turn_start_strategy ExternalUserTurnStartStrategy
turns.user_start.min_words_user_turn_start_strategy MinWordsUserTurnStartStrategy
turns.user_start.transcription_user_turn_start_strategy TranscriptionUserTurnStartStrategy
turns.user_start.wake_phrase_user_turn_start_strategy WakePhraseUserTurnStartStrategy
turns.user_stop.base_user_turn_stop_strategy BaseUserTurnStopStrategy
turns.user_stop.deferred_user_turn_stop_strategy DeferredUserTurnStopStrategy
turns.user_stop.eager_user_turn_stop_strategy EagerUserTurnStopStrategy
turns.user_stop.external_user_turn_stop_strategy ExternalUserTurnStopStrategy
turns.user_stop.llm_turn_completion_user_turn_stop_strategy LLMTurnCompletionUserTurnStopStrategy
turns.user_stop.speech_timeout_user_turn_stop_strategy SpeechTimeoutUserTurnStopStrategy
turns.user_stop.turn_analyzer_user_turn_stop_strategy TurnAnalyzerUserTurnStopStrategy
processors.aggregators.llm_response_universal LLMUserAggregatorParams LLMAssistantAggregatorParams LLMUserAggregator LLMAssistantAggregator
utils.context.llm_context_summarization LLMContextSummaryConfig LLMAutoContextSummarizationConfig
processors.aggregators.dtmf_aggregator DTMFAggregator
processors.aggregators.gated GatedAggregator
processors.aggregators.gated_llm_context GatedLLMContextAggregator
processors.filters.frame_filter FrameFilter
processors.filters.function_filter FunctionFilter
processors.audio.audio_buffer_processor AudioBufferProcessor
audio.mixers.soundfile_mixer SoundfileMixer
services.ai_service AIService
services.stt_service STTService SegmentedSTTService
services.tts_service TTSService
services.llm_service LLMService LLMService.register_function FunctionCallParams
services.websocket_service WebsocketService
services.settings LLMSettings TTSSettings STTSettings
services.deepgram.stt DeepgramSTTService DeepgramSTTSettings
services.cartesia.tts CartesiaTTSService CartesiaTTSSettings GenerationConfig
services.openai.base_llm BaseOpenAILLMService OpenAILLMSettings
services.openai.stt OpenAISTTService
services.openai.tts OpenAITTSService OpenAITTSSettings
services.azure.llm AzureLLMService
transports.base_transport TransportParams
transports.websocket.fastapi FastAPIWebsocketParams FastAPIWebsocketTransport
transports.websocket.server SingleClientWebsocketServerParams SingleClientWebsocketServerTransport
serializers.base_serializer FrameSerializer.InputParams
serializers.twilio TwilioFrameSerializer TwilioFrameSerializer.InputParams
serializers.telnyx TelnyxFrameSerializer TelnyxFrameSerializer.InputParams
serializers.plivo PlivoFrameSerializer PlivoFrameSerializer.InputParams
serializers.exotel ExotelFrameSerializer ExotelFrameSerializer.InputParams
serializers.vonage VonageFrameSerializer VonageFrameSerializer.InputParams
processors.frameworks.rtvi.observer RTVIObserverParams
processors.frameworks.rtvi.processor RTVIProcessor
"""


class Module:
    """One source file, by its dotted name."""
    loaded = {}

    def __init__(self, root, name):
        path = root.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        self.root, self.tree = root, ast.parse(path.read_text())

    @classmethod
    def load(cls, root, name):
        if name not in cls.loaded:
            cls.loaded[name] = cls(root, name)
        return cls.loaded[name]

    def constant(self, name):
        """What a name of this module stands for, if that is written down."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                return self.value(node.value)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name and node.value:
                return self.value(node.value)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipecat."):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return Module.load(self.root, node.module.removeprefix("pipecat.")).constant(alias.name)
        return "<object>"

    def value(self, node):
        """A default as JSON tells it."""
        try:
            literal = ast.literal_eval(node)
            return list(literal) if isinstance(literal, (tuple, set)) else literal
        except ValueError:
            pass
        if isinstance(node, ast.Name):
            return "<object>" if node.id[0].isupper() and not node.id.isupper() else self.constant(node.id)
        if isinstance(node, ast.Attribute):
            return node.attr.lower()
        if isinstance(node, ast.Call):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            if node.args and isinstance(node.func, ast.Name) and node.func.id == "Field":
                return self.value(node.args[0])
            if "default" in given:
                return self.value(given["default"])
            made = given.get("default_factory")
            if isinstance(made, ast.Lambda) and isinstance(made.body, ast.Name) and made.body.id == "NOT_GIVEN":
                return "<not given>"
            if isinstance(made, ast.Name) and made.id in ("list", "dict"):
                return {"list": [], "dict": {}}[made.id]
        return "<object>"

    def find(self, path):
        node = self.tree
        for part in path.split("."):
            kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
            node = next(n for n in node.body if isinstance(n, kinds) and n.name == part)
        return node

    def parameters(self, path):
        node = self.find(path)
        if not isinstance(node, ast.ClassDef):
            return self.arguments(node)
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                return self.arguments(method)
        fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and not n.target.id.startswith("_")]
        return [{"name": n.target.id, "default": self.value(n.value) if n.value else "<required>"} for n in fields]

    def arguments(self, function):
        given = function.args
        positional = [(a.arg, d) for a, d in zip(given.args, [None] * (len(given.args) - len(given.defaults)) + given.defaults)]
        named = [(a.arg, d) for a, d in zip(given.kwonlyargs, given.kw_defaults)]
        return [{"name": name, "default": self.value(default) if default is not None else "<required>"}
                for name, default in positional + named if name != "self" and not name.startswith("_")]

    def events(self, path):
        calls = [n for n in ast.walk(self.find(path)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
        return [n.args[0].value for n in calls
                if n.func.attr == "_register_event_handler" and n.args and isinstance(n.args[0], ast.Constant)]


def surface(root):
    classes = []
    for line in CLASSES.strip().splitlines():
        module, *paths = line.split()
        for path in paths:
            source = Module.load(root, module)
            events = source.events(path) if path.count(".") == 0 else []
            classes.append({"name": path, "parameters": source.parameters(path), "events": events})
    return {"reference": "pipecat-ai 1.14.0", "classes": classes}


def package():
    return Path(importlib.util.find_spec("pipecat").origin).parent


if __name__ == "__main__":
    print(json.dumps(surface(Path(sys.argv[1]) if len(sys.argv) > 1 else package()), indent=1))
