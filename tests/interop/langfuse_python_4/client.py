"""What a user of Python langfuse 4 does beyond version 5: reads traces, sessions and observations of the older
generation, and files experiment runs."""
import json
import time
from datetime import datetime, timedelta, timezone

from langfuse import Langfuse, propagate_attributes

langfuse = Langfuse()


def wait_for(what):
    """The first true value of `what()` within ten seconds."""
    deadline = time.monotonic() + 10
    while True:
        value = what()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.05)


def write_trace():
    with langfuse.start_as_current_observation(name="call", input={"question": "capital?"}) as root:
        with propagate_attributes(user_id="ann", session_id="call-7", tags=["voice"]):
            with root.start_as_current_observation(name="reply", as_type="generation", model="gpt-4o", output="Paris.",
                                                   usage_details={"input": 10, "output": 5}):
                pass
        trace_id = root.trace_id
    langfuse.flush()
    return trace_id


def check_traces(trace_id):
    api = langfuse.api
    traces = wait_for(lambda: api.trace.list(user_id="ann", tags=["voice"], order_by="timestamp.desc").data)
    assert [trace.id for trace in traces] == [trace_id] and len(traces[0].observations) == 2, traces
    assert api.trace.list(filter=json.dumps(
        [{"type": "stringOptions", "column": "sessionId", "operator": "any of", "value": ["none"]}])).meta.total_items == 0
    trace = api.trace.get(trace_id)
    assert {observation.name for observation in trace.observations} == {"call", "reply"}
    assert abs(trace.total_cost - 0.000075) < 1e-12 and trace.latency >= 0
    assert api.sessions.get("call-7").traces[0].id == trace_id
    assert [session.id for session in api.sessions.list().data] == ["call-7"]
    observations = api.legacy.observations_v1.get_many(trace_id=trace_id, type="GENERATION")
    assert observations.data[0].usage.total == 15 and observations.meta.total_items == 1
    assert api.legacy.observations_v1.get(observations.data[0].id).output == "Paris."


def check_metrics():
    now = datetime.now(timezone.utc)
    query = {"view": "traces", "metrics": [{"measure": "count", "aggregation": "count"}], "dimensions": [],
             "filters": [], "fromTimestamp": (now - timedelta(hours=1)).isoformat(),
             "toTimestamp": (now + timedelta(hours=1)).isoformat()}
    assert langfuse.api.legacy.metrics_v1.metrics(query=json.dumps(query)).data == [{"count_count": 1}]


def check_runs(trace_id):
    langfuse.create_dataset(name="calls")
    item = langfuse.create_dataset_item(dataset_name="calls", input="capital?")
    made = langfuse.api.dataset_run_items.create(run_name="first", dataset_item_id=item.id, trace_id=trace_id)
    run = langfuse.api.datasets.get_run("calls", "first")
    assert run.id == made.dataset_run_id and run.dataset_run_items[0].trace_id == trace_id
    langfuse.api.datasets.delete_run("calls", "first")
    assert langfuse.api.datasets.get_runs("calls").data == []


def check_scores(trace_id):
    langfuse.create_score(name="csat", value=4.5, trace_id=trace_id, score_id="score-1")
    langfuse.create_score(name="mood", value="happy", trace_id=trace_id)
    langfuse.flush()
    api = langfuse.api
    assert wait_for(lambda: api.scores.get_many(trace_id=trace_id).meta.total_items == 2)
    score = api.scores.get_by_id("score-1")
    assert score.value == 4.5 and score.trace_id == trace_id, score
    assert api.scores.get_many(user_id="ann", name="csat").data[0].trace.user_id == "ann"
    assert api.scores.get_many(operator=">", value=5).data == []
    assert {score.name for score in api.trace.get(trace_id).scores} == {"csat", "mood"}
    assert {score.name for score in api.scores_v3.get_many_v3(data_type="CATEGORICAL").data} == {"mood"}


def main():
    assert langfuse.auth_check()
    trace_id = write_trace()
    check_traces(trace_id)
    check_metrics()
    check_scores(trace_id)
    check_runs(trace_id)
    langfuse.create_prompt(name="tone", prompt="Be {{how}}.", labels=["production"])
    assert langfuse.get_prompt("tone").compile(how="kind") == "Be kind."
    langfuse.shutdown()


main()
