"""What the fuzzers begin with: recorded messages of tests/golden, the examples, and some lines written for what was
never recorded. From nothing a fuzzer spends its time on finding out what JSON is, and seldom reaches the parser."""
import io
import json
import re
import wave
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
MAX_BYTES = 64 << 10
FILES = {
    "agent_file_fuzz": ["examples/*/*.yaml"],
    "repartee_rtvi_fuzz": ["tests/golden/wire/rtvi/messages/client_*.json"],
    "repartee_transports_protobuf_fuzz": ["tests/golden/wire/pb_*.bin"],
    "repartee_transports_telephony_fuzz": [f"tests/golden/wire/{company}_in_*" for company in
                                           ("twilio", "telnyx", "plivo", "exotel", "vonage")],
    "repartee_server_batch_fuzz": ["tests/golden/ingest/langfuse-python-2/*/*.body",
                                   "tests/golden/ingest/langfuse-js-3/*/*.body"],
    "repartee_server_otlp_json_fuzz": ["tests/golden/ingest/otel-js-http/json/*.body"],
    "repartee_server_ingest_fuzz": ["tests/golden/ingest/otel-*-http/proto/*.body"],
    "repartee_otel_pull_parser_fuzz": ["tests/golden/ingest/otel-*-http/proto/*.body"],
    "repartee_otel_split_fuzz": ["tests/golden/ingest/otel-*-http/proto/*.body"],
}
VENDORS = {"repartee_cartesia_fuzz": "cartesia", "repartee_deepgram_fuzz": "deepgram", "openai_fuzz": "openai"}
WRITTEN = {
    "agent_file_fuzz": [
        "tools:\n  - mcp: {url: http://h/mcp, headers: {A: b}, tools: [a], timeout: 3}\n"
        "  - mcp: {command: [rooms, -v], environment: {K: v}}\n  - function: current_time\n"
        "  - {name: book, description: Books, parameters: {day: string}, required: [day], http: {method: POST, url: http://h}}\n",
        "telephony: [exotel, {twilio: {path: /calls, hang_up: false}}, {telnyx: {encoding: PCMA}}]\ndtmf: {timeout: 3}\n"
        "tracing: {enabled: true, mode: extended, attributes: {a: 1}}\nfunction_calls: {run_in_parallel: false}\n",
        "turns:\n  start: [vad, {min_words: {min_words: 2}}]\n  stop: [{speech_timeout: {user_speech_timeout: 0.4}}]\n",
    ],
    "agent_mcp_fuzz": [
        '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"book","description":"Books.","inputSchema":{"type":"object",'
        '"properties":{"day":{"type":"string"}},"required":["day"]}}],"nextCursor":"2"}}',
        'data: {"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"done"}],"isError":false}}\n\n',
        '{"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{"hour":10}}}',
        '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}', '{"jsonrpc":"2.0","id":"q","method":"ping"}',
    ],
    "repartee_deepgram_fuzz": ['{"model":"nova-3","keyterm":["a b","c"],"punctuate":true,"endpointing":300}'],
    "openai_fuzz": ['{"error":{"message":"no such model","type":"invalid_request_error"}}', '{"text":"Hello."}',
                    '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]},'
                    '"finish_reason":"tool_calls"}],"model":"m","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,'
                    '"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":1}}}'],
    "repartee_server_metrics_fuzz": [
        '{"view":"observations","metrics":[{"measure":"latency","aggregation":"p95"},{"measure":"count","aggregation":"count"}],'
        '"dimensions":[{"field":"name"}],"filters":[{"column":"name","operator":"=","value":"a","type":"string"}],'
        '"timeDimension":{"granularity":"hour"},"fromTimestamp":"2026-01-01T00:00:00Z","toTimestamp":"2026-01-02T00:00:00Z",'
        '"orderBy":[{"field":"count_count","direction":"desc"}]}'],
    "repartee_server_tools_fuzz": [
        '{"tools":[{"type":"function","function":{"name":"a"}}],"messages":[{"role":"tool","content":{"type":"function","function":{"name":"b"}}}]}',
        '{"choices":[{"message":{"tool_calls":[{"id":"1","function":{"name":"a","arguments":"{}"}}]}}],"function_call":{"name":"a"},'
        '"content":[{"type":"tool_use","name":"a","input":{}}],"additional_kwargs":{"tool_calls":[]}}',
        '[{"call_id":"1","name":"a","arguments":"{}"},{"toolName":"b","type":"tool-call"}]',
        '{"ai.prompt.tools":[{"name":"a"}],"gen_ai.tool.definitions":"[]","model_request_parameters":"{}","llm.tools.0.tool.json_schema":"{}"}'],
    "repartee_server_api_fuzz": [
        '[{"type":"datetime","column":"timestamp","operator":">=","value":"2026-01-01T00:00:00Z"},'
        '{"type":"string","column":"name","operator":"contains","value":"a"},'
        '{"type":"number","column":"latency","operator":">","value":1.5},'
        '{"type":"boolean","column":"b","operator":"=","value":true},'
        '{"type":"stringOptions","column":"level","operator":"any of","value":["ERROR"]},'
        '{"type":"arrayOptions","column":"tags","operator":"all of","value":["a","b"]},'
        '{"type":"stringObject","column":"metadata","key":"k","operator":"=","value":"v"},'
        '{"type":"null","column":"name","operator":"is not null","value":""}]'],
    "repartee_otel_settings_fuzz": ["Authorization=Basic%20YTpi,x-a=b; c", "service.name=a,k=v%2C", "120",
                                    "Wed, 21 Oct 2026 07:28:00 GMT"],
    "repartee_otel_propagation_fuzz": ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
}


def vendor_messages(vendor):
    """Each text that a vendor sent in a recording."""
    for transcript in sorted(GOLDEN.glob(f"services/{vendor}/*/transcript.jsonl")):
        for line in transcript.read_text().splitlines():
            event = json.loads(line)
            if event["dir"] == "s2c" and event.get("text"):
                yield re.sub(r"^data: ", "", event["text"], flags=re.M).encode()


def sounds():
    for channels, width in ((1, 2), (2, 2), (1, 1)):
        held = io.BytesIO()
        with wave.open(held, "wb") as sound:
            sound.setparams((channels, width, 16000, 0, "NONE", ""))
            sound.writeframes(bytes(channels * width * 8))
        yield held.getvalue()


def shaped(fuzzer, content):
    """As the fuzzer takes it: some files list several messages of a client's, some wrap what is read."""
    if fuzzer == "repartee_server_batch_fuzz":
        return [json.dumps(json.loads(content)["batch"]).encode()]
    messages = json.loads(content) if fuzzer == "repartee_rtvi_fuzz" else None
    return [json.dumps(one).encode() for one in messages] if isinstance(messages, list) else [content]


def seeds(fuzzer):
    for pattern in FILES.get(fuzzer, []):
        for file in sorted(ROOT.glob(pattern)):
            yield from shaped(fuzzer, file.read_bytes())
    if fuzzer in VENDORS:
        yield from vendor_messages(VENDORS[fuzzer])
    if fuzzer == "wav_fuzz":
        yield from sounds()
    yield from (text.encode() for text in WRITTEN.get(fuzzer, []))


def write(fuzzer, folder):
    """The seeds of a fuzzer as files of `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(sorted({one for one in seeds(fuzzer) if len(one) <= MAX_BYTES})):
        (folder / f"seed-{number}").write_bytes(content)
