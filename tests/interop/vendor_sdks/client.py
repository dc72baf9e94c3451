"""Deepgram's, OpenAI's and Cartesia's own Python SDKs, as their users write programs with them, against the
scripted vendors whose ports are given as JSON. Each message must be one that the SDK knows, without a field that
it does not."""
import asyncio
import json
import sys

from cartesia import AsyncCartesia
from deepgram import AsyncDeepgramClient, DeepgramClientEnvironment
from deepgram.core.events import EventType
from openai import APIError, AsyncOpenAI, AuthenticationError, InternalServerError

PORTS = json.loads(sys.argv[1])
KEY = sys.argv[2]
VOICE = b"\x00\x10\x00\xf0" * 160  # 20 ms at 16 kHz
ASK = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hello?"}]}


def known(message):
    """The type of a message; fields that the SDK does not know are a fault."""
    assert not message.model_extra, (type(message).__name__, message.model_extra)
    return type(message).__name__


async def deepgram():
    at = f"127.0.0.1:{PORTS['deepgram']}"
    place = DeepgramClientEnvironment(base=f"http://{at}", production=f"ws://{at}", agent=f"ws://{at}", agent_rest=f"http://{at}")
    heard = []
    client = AsyncDeepgramClient(api_key=KEY, environment=place)
    async with client.listen.v1.connect(model="nova-3", encoding="linear16", sample_rate="16000") as link:
        async def take(message):
            heard.append(message)
        link.on(EventType.MESSAGE, take)
        listening = asyncio.ensure_future(link.start_listening())
        for _ in range(25):
            await link.send_media(VOICE)
            await asyncio.sleep(0.002)
        await link.send_keep_alive()
        await link.send_finalize()
        await asyncio.sleep(0.2)
        await link.send_close_stream()
        await asyncio.wait_for(listening, 10)
    kinds = [known(message) for message in heard]
    assert kinds == ["ListenV1SpeechStarted", "ListenV1Results", "ListenV1Results", "ListenV1UtteranceEnd", "ListenV1Metadata"], kinds
    said = [message.channel.alternatives[0] for message in heard[1:3]]
    assert [one.transcript for one in said] == ["hello there", "Hello there."], said
    assert [word.punctuated_word for word in said[1].words] == ["Hello", "there."], said
    try:
        async with AsyncDeepgramClient(api_key="wrong", environment=place).listen.v1.connect(model="nova-3"):
            raise AssertionError("a wrong key was taken")
    except Exception as error:
        assert getattr(error, "status_code", None) == 401, repr(error)


async def fails(work, kind):
    try:
        await work
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


async def openai():
    url = f"http://127.0.0.1:{PORTS['openai']}/v1"
    client = AsyncOpenAI(api_key=KEY, base_url=url)

    async def stream():
        async with client.chat.completions.stream(**ASK, stream_options={"include_usage": True}) as events:
            async for _ in events:
                pass
            return await events.get_final_completion()
    text = await stream()
    assert text.choices[0].message.content == "Good day to you." and text.usage.total_tokens > 0, text
    assert text.choices[0].finish_reason == "stop", text
    calls = (await stream()).choices[0].message.tool_calls
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        ("a", "weather", '{"place":"Oslo"}'), ("b", "time", "{}")], calls
    assert (await stream()).choices[0].message.content == "After a wait."  # 429 first
    whole = await client.chat.completions.create(**ASK)
    assert whole.choices[0].message.content == "All at once." and whole.usage.total_tokens > 0, whole
    await fails(stream(), APIError)  # in the midst of the answer
    await fails(AsyncOpenAI(api_key=KEY, base_url=url, max_retries=0).chat.completions.create(**ASK), InternalServerError)
    refused = await fails(AsyncOpenAI(api_key="wrong", base_url=url).chat.completions.create(**ASK), AuthenticationError)
    assert refused.code == "invalid_api_key", refused


async def cartesia():
    at = f"127.0.0.1:{PORTS['cartesia']}"
    client = AsyncCartesia(api_key=KEY, websocket_base_url=f"ws://{at}", base_url=f"http://{at}")
    sound = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000}
    kinds, audio, words = [], 0, []
    async with client.tts.websocket_connect() as link:
        context = link.context(model_id="sonic-3.6", voice={"mode": "id", "id": "v"}, output_format=sound, add_timestamps=True)
        await context.push("Good day. ")
        await context.push("And goodbye.")
        await context.no_more_inputs()
        async for message in context.receive():
            known(message)
            kinds.append(message.type)
            audio += len(message.audio or b"") if message.type == "chunk" else 0
            words += message.word_timestamps.words if message.type == "timestamps" else []
    assert kinds[-1] == "done" and words == ["Good", "day.", "And", "goodbye."], (kinds, words)
    assert audio == 24000 * 2 * 23 * 20 // 1000, audio  # 23 characters of 20 ms


async def main():
    for vendor in (deepgram, openai, cartesia):
        await asyncio.wait_for(vendor(), 60)
        print("ok  ", vendor.__name__)


asyncio.run(main())
