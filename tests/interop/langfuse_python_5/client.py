"""What a user of Python langfuse 5 does: writes spans, scores, prompts and datasets, and reads all back."""
import json
import time
from datetime import datetime, timedelta, timezone

import httpx
from langfuse import Evaluation, Langfuse, propagate_attributes
from langfuse.api import NotFoundError
from langfuse.media import LangfuseMedia

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
        with propagate_attributes(user_id="ann", session_id="call-7", tags=["voice", "test"]):
            with root.start_as_current_observation(
                    name="reply", as_type="generation", model="gpt-4o", input="capital?", output="Paris",
                    usage_details={"input": 10, "output": 5}, metadata={"try": 1}) as generation:
                generation.update(output="Paris.")
        root.update(output="Paris.")
        trace_id, generation_id = root.trace_id, generation.id
    langfuse.flush()
    return trace_id, generation_id


def check_observations(trace_id, generation_id):
    read = langfuse.api.observations.get_many
    rows = wait_for(lambda: read(trace_id=trace_id, fields="core,basic,io,model,usage,metrics,trace_context,metadata").data)
    by_name = {row.name: row for row in rows}
    assert set(by_name) == {"call", "reply"}, rows
    reply = by_name["reply"]
    assert reply.id == generation_id and reply.type == "GENERATION" and reply.output == "Paris.", reply
    assert reply.parent_observation_id == by_name["call"].id
    assert reply.usage_details == {"input": 10, "output": 5, "total": 15}, reply.usage_details
    assert abs(reply.total_cost - 0.000075) < 1e-12 and reply.input_price == "0.0000025", reply
    assert reply.user_id == "ann" and reply.session_id == "call-7" and sorted(reply.tags) == ["test", "voice"], reply
    assert by_name["call"].is_root_observation and json.loads(by_name["call"].input) == {"question": "capital?"}
    page = read(trace_id=trace_id, limit=1)
    rest = read(trace_id=trace_id, limit=1, cursor=page.meta.cursor)
    assert {page.data[0].id, rest.data[0].id} == {row.id for row in rows} and rest.meta.cursor is None
    only = read(filter=json.dumps([{"type": "string", "column": "type", "operator": "=", "value": "GENERATION"}]))
    assert [row.id for row in only.data] == [generation_id]


def check_media():
    clip = b"RIFF" + bytes(range(256)) * 8
    with langfuse.start_as_current_observation(name="heard", input=LangfuseMedia(content_bytes=clip, content_type="audio/wav")) as span:
        trace_id = span.trace_id
    langfuse.flush()
    rows = wait_for(lambda: langfuse.api.observations.get_many(trace_id=trace_id, fields="core,io").data)
    token = rows[0].input.strip('"')
    assert token.startswith("@@@langfuseMedia:type=audio/wav|id="), token
    media = wait_for(lambda: read_media(token.split("|id=")[1].split("|")[0]))
    assert media and media.content_type == "audio/wav" and media.content_length == len(clip), media
    assert httpx.get(media.url).content == clip
    part = httpx.get(media.url, headers={"Range": "bytes=4-7"})
    assert part.status_code == 206 and part.content == clip[4:8], part


def read_media(media_id):
    """None until the upload is done."""
    try:
        return langfuse.api.media.get(media_id)
    except NotFoundError:
        return None


def check_metrics():
    now = datetime.now(timezone.utc)
    query = {"view": "observations", "dimensions": [{"field": "providedModelName"}],
             "metrics": [{"measure": "totalTokens", "aggregation": "sum"}, {"measure": "latency", "aggregation": "p95"}],
             "filters": [{"type": "string", "column": "type", "operator": "=", "value": "GENERATION"}],
             "fromTimestamp": (now - timedelta(hours=1)).isoformat(), "toTimestamp": (now + timedelta(hours=1)).isoformat()}
    rows = langfuse.api.metrics.metrics(query=json.dumps(query)).data
    assert rows[0]["providedModelName"] == "gpt-4o" and rows[0]["sum_totalTokens"] == 15, rows


def check_prompts():
    langfuse.create_prompt(name="tone/kind", prompt="Be {{how}}.", labels=["production"], tags=["a"], config={"t": 1})
    langfuse.create_prompt(name="chat", type="chat", prompt=[{"role": "system", "content": "Hi {{name}}"}])
    prompt = langfuse.get_prompt("tone/kind")
    assert prompt.compile(how="kind") == "Be kind." and prompt.version == 1 and prompt.config == {"t": 1}
    chat = langfuse.get_prompt("chat", type="chat", label="latest")
    assert chat.compile(name="Ann") == [{"role": "system", "content": "Hi Ann"}], chat.compile(name="Ann")
    langfuse.update_prompt(name="chat", version=1, new_labels=["production"])
    assert langfuse.api.prompts.get("chat").version == 1
    assert langfuse.get_prompt("none", fallback="still here", max_retries=0).prompt == "still here"
    assert {meta.name for meta in langfuse.api.prompts.list().data} == {"tone/kind", "chat"}


def check_datasets():
    langfuse.create_dataset(name="calls", description="d", metadata={"k": 1})
    for number in range(3):
        langfuse.create_dataset_item(dataset_name="calls", id=f"item-{number}", input={"n": number}, expected_output=number)
    items = langfuse.get_dataset("calls").items
    assert sorted(item.id for item in items) == ["item-0", "item-1", "item-2"], items
    assert langfuse.api.datasets.get("calls").metadata == {"k": 1}


def check_experiment():
    """Runs over two items; what it says on its spans comes back as an experiment."""
    def length(*, output, **_):
        return Evaluation(name="length", value=len(output))

    def mean(*, item_results, **_):
        return Evaluation(name="mean", value=sum(result.evaluations[0].value for result in item_results) / len(item_results))

    result = langfuse.run_experiment(
        name="capitals", description="two of them", metadata={"model": "m"}, evaluators=[length], run_evaluators=[mean],
        data=[{"input": "France", "expected_output": "Paris", "metadata": {"k": 1}}, {"input": "Norway", "expected_output": "Oslo"}],
        task=lambda *, item, **_: {"France": "Paris", "Norway": "Oslo"}[item["input"]])
    assert len(result.item_results) == 2
    langfuse.flush()
    start = datetime.now(timezone.utc) - timedelta(hours=1)
    read = langfuse.api.experiments
    runs = wait_for(lambda: [run for run in read.list(from_start_time=start, fields="core,metadata,scores").data if run.item_count == 2])
    assert len(runs) == 1 and runs[0].description == "two of them" and runs[0].metadata == {"model": "m"}, runs
    items = wait_for(lambda: (lambda found: found if len(found) == 2 and all(item.scores for item in found) else None)(
        read.list_items(from_start_time=start, experiment_id=runs[0].id, fields="core,io,itemMetadata,experimentMetadata,scores").data))
    assert {(item.input, item.output, item.expected_output) for item in items} == {
        ("France", "Paris", "Paris"), ("Norway", "Oslo", "Oslo")}, items
    assert {item.scores[0].value for item in items} == {5, 4} and items[0].environment == "sdk-experiment", items


def check_scores(trace_id, generation_id):
    langfuse.create_score(name="csat", value=4, trace_id=trace_id, score_id="score-1", comment="fine")
    langfuse.create_score(name="ok", value=1, data_type="BOOLEAN", trace_id=trace_id, observation_id=generation_id)
    langfuse.create_score(name="mood", value="happy", session_id="call-7")
    langfuse.flush()
    read = langfuse.api.scores.get_many
    scores = wait_for(lambda: (lambda found: found if len(found) == 3 else None)(
        read(fields="details,subject").data))
    by_name = {score.name: score for score in scores}
    assert by_name["csat"].value == 4 and by_name["csat"].comment == "fine" and by_name["csat"].subject.id == trace_id
    assert by_name["ok"].value is True and by_name["ok"].subject.trace_id == trace_id
    assert by_name["mood"].value == "happy" and by_name["mood"].subject.kind == "session"
    langfuse.api.scores.delete("score-1")
    assert {score.name for score in read().data} == {"ok", "mood"}


def main():
    assert langfuse.auth_check()
    assert "/project/" in langfuse.get_trace_url(trace_id="0" * 32)
    trace_id, generation_id = write_trace()
    check_observations(trace_id, generation_id)
    check_media()
    check_metrics()
    check_prompts()
    check_datasets()
    check_scores(trace_id, generation_id)
    check_experiment()
    config = langfuse.api.score_configs.create(name="csat", data_type="NUMERIC", min_value=1, max_value=5)
    assert langfuse.api.score_configs.get_by_id(config.id).max_value == 5
    project = langfuse.api.projects.get().data[0].id
    comment = langfuse.api.comments.create(project_id=project, object_type="TRACE", object_id=trace_id, content="slow")
    assert langfuse.api.comments.get_by_id(comment.id).content == "slow"
    assert langfuse.api.models.list(limit=2).meta.total_items > 100
    langfuse.shutdown()


main()
