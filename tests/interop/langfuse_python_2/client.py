"""What a user of Python langfuse 2 does: writes traces, generations and scores as events, and reads all back."""
import time

from langfuse import Langfuse
from langfuse.decorators import langfuse_context, observe

langfuse = Langfuse()


def wait_for(what):
    """The first true value of `what()` within ten seconds."""
    deadline = time.monotonic() + 10
    while True:
        try:
            value = what()
        except Exception:  # not there yet
            value = None
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.05)


@observe(as_type="generation")
def reply(question):
    langfuse_context.update_current_observation(model="gpt-4o", usage_details={"input": 10, "output": 5})
    return "Paris."


@observe()
def call(question):
    langfuse_context.update_current_trace(user_id="ann", session_id="call-7", tags=["voice"])
    return reply(question)


def check_events():
    trace = langfuse.trace(name="call", user_id="bob", input={"question": "capital?"}, metadata={"where": {"city": "Oslo"}})
    generation = trace.generation(name="reply", model="gpt-4o", input="capital?",
                                  usage={"input": 10, "output": 5, "unit": "TOKENS"})
    generation.end(output="Paris.")
    trace.span(name="search").end(output={"found": 1})
    trace.event(name="rang")
    trace.score(name="csat", value=4, comment="fine")
    langfuse.flush()
    read = wait_for(lambda: (lambda t: t if len(t.observations) == 3 and t.scores else None)(langfuse.fetch_trace(trace.id).data))
    assert read and read.user_id == "bob" and read.metadata["where"]["city"] == "Oslo", read
    by_name = {observation.name: observation for observation in read.observations}
    assert by_name["reply"].usage.total == 15 and by_name["reply"].output == "Paris.", by_name
    assert abs(by_name["reply"].calculated_total_cost - 0.000075) < 1e-12
    assert by_name["rang"].type == "EVENT" and by_name["search"].type == "SPAN"
    assert read.scores[0].value == 4 and read.scores[0].comment == "fine"


def check_decorators():
    assert call("capital?") == "Paris."
    langfuse_context.flush()
    traces = wait_for(lambda: langfuse.fetch_traces(user_id="ann", tags=["voice"]).data)
    assert traces and traces[0].session_id == "call-7", traces
    rows = wait_for(lambda: langfuse.fetch_observations(type="GENERATION", trace_id=traces[0].id).data)
    assert rows[0].name == "reply" and rows[0].model == "gpt-4o", rows
    assert langfuse.fetch_sessions().data[0].id == "call-7"


def check_prompts_and_datasets():
    langfuse.create_prompt(name="kind", prompt="Be {{how}}.", labels=["production"])
    assert langfuse.get_prompt("kind").compile(how="kind") == "Be kind."
    langfuse.create_dataset(name="calls")
    langfuse.create_dataset_item(dataset_name="calls", id="item-1", input={"n": 1})
    assert langfuse.get_dataset("calls").items[0].id == "item-1"


assert langfuse.auth_check()
check_events()
check_decorators()
check_prompts_and_datasets()
langfuse.shutdown()
