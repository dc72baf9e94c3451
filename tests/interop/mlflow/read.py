"""Prints the spans of the first experiment, as MLflow's own client gives them, as JSON. Arguments: URL."""
import json
import sys

import mlflow

mlflow.set_tracking_uri(sys.argv[1])
traces = mlflow.MlflowClient().search_traces(locations=["0"], max_results=10)
print(json.dumps([{"id": span.span_id, "parent": span.parent_id, "name": span.name, "type": span.span_type,
                   "times": [span.start_time_ns, span.end_time_ns], "inputs": span.inputs, "outputs": span.outputs,
                   "attributes": span.attributes, "trace": trace.info.trace_id,
                   "usage": trace.info.trace_metadata.get("mlflow.trace.tokenUsage")}
                  for trace in traces for span in trace.data.spans], default=str))
