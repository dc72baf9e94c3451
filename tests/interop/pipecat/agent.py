"""A voice agent on the real Pipecat, traced as its tracing page says; what it is asked comes from a clip.

    agent.py CLIP.wav      in a folder with the page's .env

The caller says the clip, hears the answer out, says it again and hears that out too. The vendors are scripted.
"""
import asyncio
import sys
import wave

import vendors
from dotenv import load_dotenv

load_dotenv(".env", override=True)

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: E402
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams  # noqa: E402
from pipecat.frames.frames import BotStoppedSpeakingFrame, EndFrame, InputAudioRawFrame  # noqa: E402
from pipecat.pipeline.pipeline import Pipeline  # noqa: E402
from pipecat.pipeline.runner import PipelineRunner  # noqa: E402
from pipecat.pipeline.task import PipelineParams, PipelineTask  # noqa: E402
from pipecat.processors.aggregators.llm_context import LLMContext  # noqa: E402
from pipecat.processors.aggregators.llm_response_universal import (  # noqa: E402
    LLMContextAggregatorPair, LLMUserAggregatorParams)
from pipecat.processors.frame_processor import FrameProcessor  # noqa: E402
from pipecat.services.cartesia.tts import CartesiaTTSService  # noqa: E402
from pipecat.services.deepgram.stt import DeepgramSTTService  # noqa: E402
from pipecat.services.openai.llm import OpenAILLMService  # noqa: E402
from pipecat.transports.base_input import BaseInputTransport  # noqa: E402
from pipecat.transports.base_output import BaseOutputTransport  # noqa: E402
from pipecat.transports.base_transport import TransportParams  # noqa: E402
from pipecat.utils.tracing.setup import setup_tracing  # noqa: E402

RATE = 16000
CHUNK = 640  # bytes: 20 ms
HEARD = ["What is the capital of France?", "And of Italy?"]
ANSWERS = ["The capital of France is Paris.", "The capital of Italy is Rome."]


class EnergyVAD(VADAnalyzer):
    def num_frames_required(self):
        return 320

    def voice_confidence(self, buffer):
        return 1.0 if vendors.loudness(buffer) > vendors.VOICED else 0.0


class Caller(BaseInputTransport):
    """Says the clip each time it is asked to, silence in between, at the pace of a call."""

    def __init__(self, clip, params):
        super().__init__(params)
        self.clip, self.left, self.speaking = clip, b"", None

    def say(self):
        self.left = self.clip

    async def start(self, frame):
        await super().start(frame)
        await self.set_transport_ready(frame)
        self.speaking = self.create_task(self.run())

    async def stop(self, frame):
        await self.hang_up()
        await super().stop(frame)

    async def cancel(self, frame):
        await self.hang_up()
        await super().cancel(frame)

    async def hang_up(self):
        if self.speaking:
            await self.cancel_task(self.speaking)
            self.speaking = None

    async def run(self):
        due = asyncio.get_running_loop().time()
        while True:
            chunk, self.left = self.left[:CHUNK], self.left[CHUNK:]
            await self.push_audio_frame(InputAudioRawFrame(chunk.ljust(CHUNK, b"\0"), RATE, 1))
            due += 0.02
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))


class Speaker(BaseOutputTransport):
    """Plays to nobody, at the pace of a call."""

    async def start(self, frame):
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame):
        await asyncio.sleep(len(frame.audio) / 2 / frame.sample_rate)
        return True


class Ear(FrameProcessor):
    """Hears the bot out."""

    def __init__(self):
        super().__init__()
        self.bot_stopped = asyncio.Event()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, BotStoppedSpeakingFrame):
            self.bot_stopped.set()
        await self.push_frame(frame, direction)


def read(path):
    with wave.open(path) as clip:
        assert (clip.getframerate(), clip.getnchannels(), clip.getsampwidth()) == (RATE, 1, 2), path
        return clip.readframes(clip.getnframes())


async def converse(task, caller, ear):
    await asyncio.sleep(0.6)
    for _ in HEARD:
        ear.bot_stopped.clear()
        caller.say()
        await asyncio.wait_for(ear.bot_stopped.wait(), 30)
        await asyncio.sleep(0.5)
    await task.queue_frame(EndFrame())


async def main():
    servers, ports = await vendors.start(HEARD, ANSWERS)
    params = TransportParams(audio_in_enabled=True, audio_out_enabled=True)
    caller, speaker, ear = Caller(read(sys.argv[1]), params), Speaker(params), Ear()
    stt = DeepgramSTTService(api_key="k", base_url=f"ws://127.0.0.1:{ports['deepgram']}")
    llm = OpenAILLMService(api_key="k", base_url=f"http://127.0.0.1:{ports['openai']}/v1",
                           settings=OpenAILLMService.Settings(model="gpt-4.1"))
    tts = CartesiaTTSService(api_key="k", url=f"ws://127.0.0.1:{ports['cartesia']}/tts/websocket",
                             settings=CartesiaTTSService.Settings(voice="voice-1", model="sonic-3"))
    pair = LLMContextAggregatorPair(LLMContext(), user_params=LLMUserAggregatorParams(
        vad_analyzer=EnergyVAD(params=VADParams(confidence=0.5, start_secs=0.1, stop_secs=0.2, min_volume=0.0))))
    pipeline = Pipeline([caller, stt, pair.user(), llm, tts, speaker, ear, pair.assistant()])

    setup_tracing(service_name="pipecat-demo", exporter=OTLPSpanExporter())
    task = PipelineTask(
        pipeline,
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True, audio_in_sample_rate=RATE,
                              audio_out_sample_rate=vendors.RATE),
        enable_tracing=True,
        conversation_id="customer-123",
    )
    runner = PipelineRunner(handle_sigint=False)
    await asyncio.gather(runner.run(task), converse(task, caller, ear))
    from opentelemetry import trace
    trace.get_tracer_provider().force_flush()


asyncio.run(main())
