#!/usr/bin/env python3
"""Plays behaviour cases with the real Pipecat, as repartee-scenario --case plays them with ours.

    play_cases.py CASES.jsonl > RECORDED.jsonl

One case a line: `case`, `setup_spec` and `input` are read, `observed`, `events` and `also` are written anew. Time is virtual:
the loop's clock jumps to the next timer when nothing can run (and ten microseconds further, so that sums of floats do not
fall short of a limit), and work for other threads is done at once. So two runs give the same."""
import asyncio
import dataclasses
import enum
import itertools
import json
import selectors
import sys
import time
import warnings

NOW = [1000.0]  # seconds on every clock
DRIFT = 1e-5


class JumpingSelector(selectors.DefaultSelector):
    def select(self, timeout=None):
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("nothing is left that could end the case")
        NOW[0] += timeout + DRIFT
        return []


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        super().__init__(JumpingSelector())
        self._clock_resolution = 1e-6

    def time(self):
        return NOW[0]

    def run_in_executor(self, _, call, *args):
        done = self.create_future()
        try:
            done.set_result(call(*args))
        except Exception as error:  # it is the waiting coroutine's
            done.set_exception(error)
        return done


time.time = time.monotonic = time.perf_counter = lambda: NOW[0]
time.time_ns = time.monotonic_ns = time.perf_counter_ns = lambda: round(NOW[0] * 1e9)
warnings.simplefilter("ignore")

from loguru import logger  # noqa: E402
from pipecat.adapters.schemas.function_schema import FunctionSchema  # noqa: E402
from pipecat.adapters.schemas.tools_schema import ToolsSchema  # noqa: E402
from pipecat.frames import frames  # noqa: E402
from pipecat.pipeline.parallel_pipeline import ParallelPipeline  # noqa: E402
from pipecat.pipeline.pipeline import Pipeline  # noqa: E402
from pipecat.pipeline.worker import PipelineParams, PipelineWorker  # noqa: E402
from pipecat.processors.aggregators import llm_response_universal as aggregators  # noqa: E402
from pipecat.processors.aggregators.llm_context import LLMContext  # noqa: E402
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor  # noqa: E402
from pipecat.services.llm_service import LLMService  # noqa: E402
from pipecat.services.settings import LLMSettings, TTSSettings  # noqa: E402
from pipecat.services.tts_service import TTSService  # noqa: E402
from pipecat.transports.base_output import BaseOutputTransport  # noqa: E402
from pipecat.transports.base_transport import TransportParams  # noqa: E402
from pipecat.turns import user_mute, user_start, user_stop  # noqa: E402
from pipecat.turns.empty_user_turn import EmptyUserTurnConfig  # noqa: E402
from pipecat.turns.user_stop.deferred_user_turn_stop_strategy import deferred  # noqa: E402
from pipecat.turns.user_turn_strategies import UserTurnStrategies  # noqa: E402
from pipecat.utils import utils as names  # noqa: E402
from pipecat.workers.runner import WorkerRunner  # noqa: E402

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
KINDS = ((frames.SystemFrame, "system"), (frames.DataFrame, "data"), (frames.ControlFrame, "control"))
LEFT_OUT = {"id", "name", "pts", "broadcast_sibling_id", "metadata", "transport_source", "transport_destination",
            "interruptible", "result", "user_turn_strategies"}
IDS = ("context_id", "group_id", "segment_id")


def kind(frame):
    return next((name for base, name in KINDS if isinstance(frame, base)), "plain")


def plain(value):
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    if isinstance(value, LLMContext):
        return {"messages": json.loads(json.dumps(value.get_messages()))}
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, FrameProcessor):
        return "<processor>"
    if isinstance(value, frames.FunctionCallFromLLM):
        return {"function_name": value.function_name, "tool_call_id": value.tool_call_id, "arguments": dict(value.arguments)}
    if isinstance(value, ToolsSchema):
        return [{"name": tool.name, "description": tool.description, "properties": tool.properties, "required": tool.required}
                for tool in value.standard_tools]
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
                if getattr(value, field.name) is not None}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def content(frame):
    kept = {}
    for field in dataclasses.fields(frame):
        value = getattr(frame, field.name)
        is_result = field.name == "result" and isinstance(frame, frames.FunctionCallResultFrame)
        if value is None or callable(value) or (field.name in LEFT_OUT and not is_result):
            continue
        kept[field.name] = "<any>" if field.name == "timestamp" else plain(value)
    return kept


def described(frame):
    told = {"type": type(frame).__name__, "kind": kind(frame)}
    if not frame.interruptible:
        told["uninterruptible"] = True
    if frame.broadcast_sibling_id is not None:
        told["broadcast"] = True
    if frame.pts:
        told["pts_ms"] = round(frame.pts / 1e6, 1)
    if fields := content(frame):
        told["fields"] = fields
    return told


class Tap(FrameProcessor):
    """Notes what passes in one direction."""

    def __init__(self, run, noted):
        super().__init__(enable_direct_mode=True)
        self.run, self.noted = run, noted

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if direction == self.noted and not isinstance(frame, frames.StartFrame):
            self.run.note(frame, direction)
        await self.push_frame(frame, direction)


class Slow(FrameProcessor):
    def __init__(self, spec):
        super().__init__()
        self.seconds, self.only = spec["ms"] / 1000, spec.get("only")

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        delayed = kind(frame) in ("data", "control") and not isinstance(frame, frames.EndFrame)
        if delayed and (self.only is None or type(frame).__name__ in self.only):
            await asyncio.sleep(self.seconds)
        await self.push_frame(frame, direction)


class Pass(FrameProcessor):
    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


class Faulty(FrameProcessor):
    def __init__(self, spec):
        super().__init__()
        self.spec = spec

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, frames.TextFrame) and frame.text == self.spec["text"]:
            raise ValueError(self.spec["message"])
        await self.push_frame(frame, direction)


def model_settings(spec):
    given = {field.name: None for field in dataclasses.fields(LLMSettings) if field.name != "extra"}
    return LLMSettings(**{**given, "model": spec["model"], "filter_incomplete_user_turns": False})


class ToolLLM(LLMService):
    def __init__(self, spec):
        super().__init__(settings=model_settings(spec))
        self.calls = spec["calls"]
        for function in spec["functions"]:
            options = {key: function[key] for key in ("cancel_on_interruption", "timeout_secs") if key in function}
            self.register_function(function["name"], self.handler(function), **options)

    @staticmethod
    def handler(function):
        async def answer(params):
            await asyncio.sleep(function["delay_ms"] / 1000)
            await params.result_callback(function["result"])
        return answer

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if not isinstance(frame, frames.LLMContextFrame):
            return await self.push_frame(frame, direction)
        await self.push_frame(frames.LLMFullResponseStartFrame())
        messages = frame.context.get_messages()
        if messages and messages[-1]["role"] == "user":
            await self.run_function_calls(
                [frames.FunctionCallFromLLM(**call, context=frame.context) for call in self.calls])
        await self.push_frame(frames.LLMFullResponseEndFrame())


class StreamLLM(LLMService):
    def __init__(self, spec):
        super().__init__(settings=model_settings(spec))
        self.spec = spec

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if not isinstance(frame, frames.LLMContextFrame):
            return await self.push_frame(frame, direction)
        try:
            await self.push_frame(frames.LLMFullResponseStartFrame())
            for word in self.spec["words"]:
                await asyncio.sleep(self.spec["gap_ms"] / 1000)
                await self._push_llm_text(word)
        finally:
            await self.push_frame(frames.LLMFullResponseEndFrame())


def sound(size):
    return (10000).to_bytes(2, "little") * (size // 2)


class SyncTTS(TTSService):
    def __init__(self, spec):
        super().__init__(**{**spec["params"], "settings": TTSSettings(**spec["params"]["settings"])})
        self.spec = spec

    async def run_tts(self, text, context_id):
        audio = sound(2 * (self.spec["audio_ms"] * self.sample_rate // 1000))
        yield frames.TTSAudioRawFrame(audio=audio, sample_rate=self.sample_rate, num_channels=1)
        if (gap := self.spec.get("word_gap_ms")) is not None:
            await self.add_word_timestamps([(word, i * gap / 1000) for i, word in enumerate(text.split())], context_id)


class PacedOutput(BaseOutputTransport):
    def __init__(self, run, spec):
        super().__init__(TransportParams(**spec["params"]))
        self.run = run

    async def start(self, frame):
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame):
        self.run.writes.append({"at_ms": self.run.at_ms(), "bytes": len(frame.audio), "type": type(frame).__name__,
                                "nonzero": any(frame.audio)})
        await asyncio.sleep(len(frame.audio) / 2 / frame.num_channels / frame.sample_rate)
        return True


def strategy(spec, module):
    arguments = dict(spec)
    name = arguments.pop("class")
    if name == "DeferredUserTurnStopStrategy":
        return deferred(strategy(arguments["inner"], module))
    return getattr(module, name)(**arguments)


def user_params(given):
    params = dict(given)
    if turns := params.get("user_turn_strategies"):
        params["user_turn_strategies"] = UserTurnStrategies(
            start=[strategy(spec, user_start) for spec in turns.get("start", [])],
            stop=[strategy(spec, user_stop) for spec in turns.get("stop", [])])
    params["user_mute_strategies"] = [strategy(spec, user_mute) for spec in params.get("user_mute_strategies", [])]
    if params.get("empty_user_turn"):
        params["empty_user_turn"] = EmptyUserTurnConfig(**params["empty_user_turn"])
    return aggregators.LLMUserAggregatorParams(**params)


def event_details(args):
    told = {}
    for value in args:
        if hasattr(value, "content"):
            told["content"] = value.content
            if hasattr(value, "interrupted"):
                told["interrupted"] = value.interrupted
        else:
            told["strategy"] = type(value).__name__ if value is not None else None
    return told


class Run:
    def __init__(self, case):
        self.case, self.began = case, None
        self.observed = {"downstream": [], "upstream": []}
        self.events, self.writes, self.count = [], [], itertools.count(1)
        context = case["setup_spec"].get("context")
        self.context = LLMContext(json.loads(json.dumps(context["messages"]))) if context else None

    def at_ms(self):
        return None if self.began is None else round((NOW[0] - self.began) * 1000, 1)

    def note(self, frame, direction):
        side = self.observed["downstream" if direction == DOWN else "upstream"]
        side.append({"n": next(self.count), "at_ms": self.at_ms(), "frame": described(frame)})

    def on(self, source, name, details):
        async def handler(_, *args):
            self.events.append({"at_ms": self.at_ms(), "event": name, **details(args)})
        source.add_event_handler(name, handler)

    def processor(self, spec):
        if test := spec.get("test"):
            made = {"Pass": lambda: Pass(), "PacedOutput": lambda: PacedOutput(self, spec)}.get(test)
            return made() if made else globals()[test](spec)
        if spec["class"] == "ParallelPipeline":
            return ParallelPipeline(*[[self.processor(one) for one in branch] for branch in spec["branches"]])
        if spec["class"] == "LLMUserAggregator":
            made = aggregators.LLMUserAggregator(self.context, params=user_params(spec["params"]))
        else:
            made = aggregators.LLMAssistantAggregator(
                self.context, params=aggregators.LLMAssistantAggregatorParams(**spec["params"]))
        for name in spec.get("events", []):
            self.on(made, name, event_details)
        return made

    def frame(self, spec):
        made = getattr(frames, spec["type"])
        arguments, rest = {}, {}
        accepted = {field.name for field in dataclasses.fields(made) if field.init}
        for key, value in (spec.get("fields") or {}).items():
            if key == "context":
                value = self.context
            elif value == "<any>":
                value = NOW[0] if "VAD" in spec["type"] else "t"
            elif key == "audio":
                value = sound(value["bytes"])
            elif key == "function_calls":
                value = [frames.FunctionCallFromLLM(**call, context=self.context) for call in value]
            elif key == "properties":
                value = frames.FunctionCallResultProperties(**value)
            elif key == "tools":
                value = ToolsSchema(standard_tools=[FunctionSchema(**tool) for tool in value])
            elif key == "category":
                value = frames.ErrorCategory(value)
            elif key in ("button", "buttons"):
                value = [frames.KeypadEntry(one) for one in value] if key == "buttons" else frames.KeypadEntry(value)
            if key != "num_frames":
                (arguments if key in accepted else rest)[key] = value
        frame = made(**arguments)
        for key, value in rest.items():
            setattr(frame, key, value)
        frame.interruptible = frame.interruptible and not spec.get("uninterruptible", False)
        return frame

    async def steps(self, worker, processors):
        await asyncio.sleep(0.05)
        self.began = NOW[0]
        for step in self.case["input"]:
            if step["op"] == "wait":
                await asyncio.sleep(step["ms"] / 1000)
                continue
            step["at_ms"] = self.at_ms()
            if step["op"] == "push":
                await worker.queue_frame(self.frame(step["frame"]), DOWN if step["direction"] == "downstream" else UP)
                continue
            for spec in step["action"]["frames"]:
                frame = self.frame(spec)
                if spec.get("pts_in_ms") is not None:
                    frame.pts = worker._clock.get_time() + int(spec["pts_in_ms"] * 1e6)
                await processors[step["action"]["queue_at"]].queue_frame(frame, DOWN)

    def also(self):
        messages = json.loads(json.dumps(self.context.get_messages())) if self.context else []
        known = {"audio_writes": self.writes, "context": messages, "context_roles": [m["role"] for m in messages],
                 "context_roles_and_text": [{key: m.get(key) for key in ("role", "content", "tool_call_id")} for m in messages]}
        return {key: known[key] for key in self.case["setup_spec"].get("also", [])}

    async def play(self):
        names._COUNTS.clear()
        spec = self.case["setup_spec"]
        processors = [self.processor(one) for one in spec["processors"]]
        worker = PipelineWorker(
            Pipeline([Tap(self, UP), *processors, Tap(self, DOWN)]), params=PipelineParams(**spec["worker"]["params"]),
            idle_timeout_secs=None, enable_rtvi=False)
        started = asyncio.Event()

        async def on_started(*_):
            started.set()
        worker.add_event_handler("on_pipeline_started", on_started)
        self.on(worker, "on_pipeline_error", lambda args: {"error": args[0].error, "category": plain(args[0].category)})
        self.on(worker, "on_pipeline_finished", lambda args: {"frame": type(args[0]).__name__})

        async def feed():
            await started.wait()
            await self.steps(worker, processors)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await asyncio.gather(runner.run(), feed())
        seen = {}
        for entry in sorted(self.observed["downstream"] + self.observed["upstream"], key=lambda entry: entry["n"]):
            fields = entry["frame"].get("fields", {})
            for name in IDS:
                if name in fields:
                    number = 1 + sum(1 for key in seen if key[0] == name)
                    fields[name] = seen.setdefault((name, fields[name]), f"{name.split('_')[0]}-{number}")
        return {**{key: self.case[key] for key in ("case", "title", "setup_spec", "input")}, "observed": self.observed,
                "events": self.events, "also": self.also()}


def main():
    logger.remove()
    with open(sys.argv[1], encoding="utf-8") as cases:
        for line in cases:
            loop = JumpingLoop()
            asyncio.set_event_loop(loop)
            print(json.dumps(loop.run_until_complete(Run(json.loads(line)).play()), ensure_ascii=False))
            loop.close()


if __name__ == "__main__":
    main()
