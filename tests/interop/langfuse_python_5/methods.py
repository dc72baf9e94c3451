"""Calls every method of the API client of Python langfuse 5, so that its own strict models judge each answer, but for
those that the server does not have. A method that is in neither list fails."""
import datetime
import os
from urllib.parse import quote

from langfuse.api import LangfuseAPI, NotFoundError
from langfuse.api.commons import (ConfigCategory, PricingTierAttributeCondition, PricingTierInput,
                                  PricingTierUsageConditionInput)
from langfuse.api.opentelemetry import OtelAttribute, OtelAttributeValue, OtelResourceSpan, OtelScope, OtelScopeSpan, OtelSpan
from langfuse.api.prompts import ChatMessage, CreateChatPromptRequest, CreateTextPromptRequest
from langfuse.api.scores import CreateScoreRequest

# Evaluators that run in the server, enterprise administration, boards of the dashboard.
NOT_SERVED = ("blob_storage_integrations", "evaluation_rules", "evaluators", "feedback", "llm_connections",
              "scim", "unstable",
              "organizations.get_organization_memberships", "organizations.update_organization_membership",
              "organizations.delete_organization_membership", "organizations.get_project_memberships",
              "organizations.update_project_membership", "organizations.delete_project_membership", "projects.delete")
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
NOW = datetime.datetime.now(datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)


def client(public_key, secret_key):
    return LangfuseAPI(base_url=os.environ["LANGFUSE_HOST"], username=public_key, password=secret_key)


api = client(os.environ["LANGFUSE_PUBLIC_KEY"], os.environ["LANGFUSE_SECRET_KEY"])
admin = client(os.environ["ORGANIZATION_PUBLIC_KEY"], os.environ["ORGANIZATION_SECRET_KEY"])
made = {}  # what the calls so far returned, by method


def attribute(key, text):
    return OtelAttribute(key=key, value=OtelAttributeValue(string_value=text))


def spans():
    start = int(NOW.timestamp() * 1e9)
    texts = {"langfuse.observation.type": "generation", "langfuse.session.id": "s", "langfuse.user.id": "ann",
             "gen_ai.request.model": "gpt-4o", "langfuse.observation.input": "q", "langfuse.observation.output": "a",
             "langfuse.observation.usage_details": '{"input":3,"output":2}', "langfuse.observation.metadata.k": "v"}
    span = OtelSpan(trace_id=TRACE, span_id=SPAN, name="reply", kind=1, start_time_unix_nano=str(start),
                    end_time_unix_nano=str(start + 10**9), attributes=[attribute(*item) for item in texts.items()], status={})
    return [OtelResourceSpan(scope_spans=[OtelScopeSpan(scope=OtelScope(name="methods"), spans=[span])])]


def scores():
    common = {"trace_id": TRACE, "metadata": {"m": 1}, "environment": "default", "comment": "c"}
    return [CreateScoreRequest(id="n", name="n", value=0.5, data_type="NUMERIC", config_id=made["score_configs.create"].id, **common),
            CreateScoreRequest(id="b", name="b", value=1, data_type="BOOLEAN", observation_id=SPAN, **common),
            CreateScoreRequest(id="c", name="c", value="good", data_type="CATEGORICAL", timestamp=NOW, **common),
            CreateScoreRequest(id="t", name="t", value="a text", data_type="TEXT", **common),
            CreateScoreRequest(id="o", name="output", value="b", data_type="CORRECTION", **common),
            CreateScoreRequest(id="s", name="s", value=1, session_id="s"),
            CreateScoreRequest(id="bad", name="b", value=7, data_type="BOOLEAN", trace_id=TRACE)]


def metrics():
    return ('{"view":"observations","dimensions":[{"field":"name"}],"metrics":[{"measure":"latency","aggregation":"p95"},'
            '{"measure":"latency","aggregation":"histogram"}],"filters":[],"timeDimension":{"granularity":"hour"},'
            f'"fromTimestamp":"{(NOW - HOUR).isoformat()}","toTimestamp":"{(NOW + HOUR).isoformat()}"}}')


def tiers():
    conditions = [PricingTierUsageConditionInput(usage_detail_pattern="input", operator="gt", value=1000),
                  PricingTierAttributeCondition(source="metadata", key="tier", operator="in", values=["flex"])]
    return [PricingTierInput(name="base", is_default=True, priority=0, conditions=[], prices={"input": 0.001}),
            PricingTierInput(name="long", is_default=False, priority=1, conditions=conditions, prices={"input": 0.002})]


def queue():
    return made["annotation_queues.create_queue"].id


def queue_item():
    return made["annotation_queues.create_queue_item"].id


def experiment_range():
    return {"from_start_time": NOW - HOUR, "to_start_time": NOW + HOUR}


CALLS = {
    "health.health": lambda: api.health.health(),
    "opentelemetry.export_traces": lambda: api.opentelemetry.export_traces(resource_spans=spans()),
    "observations.get_many": lambda: api.observations.get_many(
        fields="core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context", expand_metadata="k", environment="default",
        name="reply", user_id="ann", session_id="s", type="GENERATION", trace_id=TRACE, level="DEFAULT", is_root_observation=True,
        from_start_time=NOW - HOUR, to_start_time=NOW + HOUR),
    "metrics.metrics": lambda: api.metrics.metrics(query=metrics()),
    "score_configs.create": lambda: api.score_configs.create(name="n", data_type="NUMERIC", min_value=0, max_value=1),
    "score_configs.get": lambda: [api.score_configs.create(name="c", data_type="CATEGORICAL", categories=[
        ConfigCategory(value=1, label="good"), ConfigCategory(value=0, label="bad")]), api.score_configs.get(page=1, limit=10)][1],
    "score_configs.get_by_id": lambda: api.score_configs.get_by_id(made["score_configs.create"].id),
    "score_configs.update": lambda: api.score_configs.update(made["score_configs.create"].id, description="d", is_archived=False),
    "annotation_queues.create_queue": lambda: api.annotation_queues.create_queue(
        name="q", description="d", score_config_ids=[made["score_configs.create"].id]),
    "annotation_queues.list_queues": lambda: api.annotation_queues.list_queues(page=1, limit=5),
    "annotation_queues.get_queue": lambda: api.annotation_queues.get_queue(queue()),
    "annotation_queues.create_queue_item": lambda: api.annotation_queues.create_queue_item(
        queue(), object_id=TRACE, object_type="TRACE"),
    "annotation_queues.list_queue_items": lambda: api.annotation_queues.list_queue_items(queue(), status="PENDING", page=1, limit=5),
    "annotation_queues.get_queue_item": lambda: api.annotation_queues.get_queue_item(queue(), queue_item()),
    "annotation_queues.update_queue_item": lambda: api.annotation_queues.update_queue_item(queue(), queue_item(), status="COMPLETED"),
    "annotation_queues.delete_queue_item": lambda: api.annotation_queues.delete_queue_item(queue(), queue_item()),
    "annotation_queues.create_queue_assignment": lambda: api.annotation_queues.create_queue_assignment(queue(), user_id="ann"),
    "annotation_queues.delete_queue_assignment": lambda: api.annotation_queues.delete_queue_assignment(queue(), user_id="ann"),
    "scores.create": lambda: api.scores.create(request=scores()),
    "scores.get_many": lambda: api.scores.get_many(fields="core,details,subject,annotation", limit=10),
    "scores.delete": lambda: api.scores.delete("t"),
    "comments.create": lambda: api.comments.create(project_id=made["projects.get"].data[0].id, object_type="OBSERVATION",
                                                   object_id=SPAN, content="c", author_user_id="ann"),
    "comments.get": lambda: api.comments.get(object_type="OBSERVATION", object_id=SPAN, page=1, limit=5),
    "comments.get_by_id": lambda: api.comments.get_by_id(made["comments.create"].id),
    "media.get_upload_url": lambda: api.media.get_upload_url(
        content_type="audio/wav", content_length=4, sha256hash="A" * 43 + "=", field="input", trace_id=TRACE, observation_id=SPAN),
    "media.patch": lambda: api.media.patch(made["media.get_upload_url"].media_id, uploaded_at=NOW, upload_http_status=403,
                                           upload_http_error="no", upload_time_ms=3),
    "media.get": lambda: absent(lambda: api.media.get(made["media.get_upload_url"].media_id)),
    "prompts.create": lambda: [api.prompts.create(request=CreateTextPromptRequest(
        name="a/b", prompt="Be {{x}}", labels=["production"], tags=["t"], config={"k": 1}, commit_message="first")),
        api.prompts.create(request=CreateChatPromptRequest(name="chat", type="chat", prompt=[
            ChatMessage(role="system", content="@@@langfusePrompt:name=a/b|label=production@@@")]))],
    "prompts.get": lambda: [api.prompts.get(quote("a/b", safe=""), label="production"), api.prompts.get("chat", version=1, resolve=True)],
    "prompts.list": lambda: api.prompts.list(name="a/b", label="production", tag="t", page=1, limit=5, from_updated_at=NOW - HOUR,
                                             to_updated_at=NOW + HOUR),
    "prompt_version.update": lambda: api.prompt_version.update(quote("a/b", safe=""), 1, new_labels=["production", "staging"]),
    "prompts.delete": lambda: api.prompts.delete("chat", version=1),
    "datasets.create": lambda: api.datasets.create(name="d s", description="d", metadata={"k": 1}, input_schema={"type": "object"},
                                                   expected_output_schema={"type": "string"}),
    "datasets.list": lambda: api.datasets.list(page=1, limit=5),
    "datasets.get": lambda: api.datasets.get("d s"),
    "dataset_items.create": lambda: api.dataset_items.create(
        dataset_name="d s", id="i", input={"q": 1}, expected_output="a", metadata={"k": 1}, source_trace_id=TRACE,
        source_observation_id=SPAN, status="ACTIVE"),
    "dataset_items.get": lambda: api.dataset_items.get("i"),
    "dataset_items.list": lambda: api.dataset_items.list(dataset_name="d s", source_trace_id=TRACE, page=1, limit=5,
                                                         version=datetime.datetime.now(datetime.timezone.utc)),
    "dataset_items.delete": lambda: api.dataset_items.delete("i"),
    "experiments.list": lambda: api.experiments.list(**experiment_range(), fields="core,metadata,scores"),
    "experiments.list_items": lambda: api.experiments.list_items(
        **experiment_range(), fields="core,dataset,io,metadata,itemMetadata,experimentMetadata,scores"),
    "models.create": lambda: api.models.create(model_name="mine", match_pattern="(?i)^mine$", unit="TOKENS", start_date=NOW,
                                               pricing_tiers=tiers(), tokenizer_id="openai"),
    "models.upsert": lambda: api.models.upsert(made["models.create"].id, model_name="mine", match_pattern="(?i)^mine$", unit="TOKENS",
                                               input_price=0.5, output_price=1),
    "models.list": lambda: [api.models.list(page=page, limit=100) for page in (1, 2)],
    "models.get": lambda: api.models.get(made["models.create"].id),
    "models.delete": lambda: api.models.delete(made["models.create"].id),
    "projects.get": lambda: api.projects.get(),
    "projects.create": lambda: admin.projects.create(name="second", retention=0, metadata={"k": 1}),
    "projects.update": lambda: admin.projects.update(made["projects.create"].id, name="third", retention=7),
    "projects.create_api_key": lambda: admin.projects.create_api_key(made["projects.create"].id, note="n"),
    "projects.get_api_keys": lambda: admin.projects.get_api_keys(made["projects.create"].id),
    "projects.delete_api_key": lambda: admin.projects.delete_api_key(made["projects.create"].id, made["projects.create_api_key"].id),
    "organizations.get_organization_projects": lambda: admin.organizations.get_organization_projects(),
    "organizations.get_organization_api_keys": lambda: admin.organizations.get_organization_api_keys(),
    "trace.delete": lambda: api.trace.delete(TRACE),
    "trace.delete_multiple": lambda: api.trace.delete_multiple(trace_ids=[TRACE]),
}
EARLY = ("projects.get",)  # whose answers others use


def absent(call):
    try:
        call()
    except NotFoundError:
        return "absent"
    raise AssertionError("is there before its upload")


def methods():
    """resource.method of everything that the client can do."""
    for resource in sorted(name for name in dir(type(api)) if not name.startswith("_") and name != "with_raw_response"):
        if not hasattr(getattr(api, resource), "with_raw_response"):
            continue
        sub = type(getattr(api, resource))
        yield from (f"{resource}.{name}" for name in vars(sub) if not name.startswith("_") and name != "with_raw_response")


def is_served(method):
    return method not in NOT_SERVED and method.split(".")[0] not in NOT_SERVED


def call(method):
    """What is wrong; empty if nothing is."""
    try:
        made[method] = CALLS[method]()
    except Exception as error:  # of the client's models, of the server, of ours: each is a failure to be told
        return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return ""


def main():
    failures = {method: call(method) for method in (*EARLY, *(name for name in CALLS if name not in EARLY))}
    failures |= {method: "is called nowhere" for method in methods() if is_served(method) and method not in CALLS}
    if "observations.get_many" in made and not made["observations.get_many"].data:
        failures["observations.get_many"] = "gives nothing back"
    wrong = {method: text for method, text in failures.items() if text}
    print("\n".join(f"{method}: {text}" for method, text in wrong.items()) or f"{len(failures)} methods")
    return 1 if wrong else 0


raise SystemExit(main())
