// Why nobody can talk, and in one line what to do about it.

export type Fault = "insecure" | "blocked" | "no-microphone" | "busy-microphone" | "no-agent" | "busy-agent" | "lost";

const kAdvice: Record<Fault, string> = {
  insecure: "Browsers give the microphone to secure pages alone: open this page over https, or at localhost.",
  blocked: "The microphone is blocked for this page: allow it beside the address, then press Start.",
  "no-microphone": "No microphone was found: plug one in, then press Start.",
  "busy-microphone": "The microphone does not answer, another program may hold it: close that, then press Start.",
  "no-agent": "The agent does not answer: start it with “repartee agent”, then press Start.",
  "busy-agent": "The agent talks to as many people as it can: try again when one has left.",
  lost: "The connection to the agent is gone: press Start to talk again.",
};

export function advice(fault: Fault): string {
  return kAdvice[fault];
}

// Of an error of getUserMedia.
export function microphoneFault(error: unknown): Fault {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "blocked";
    case "NotFoundError":
    case "OverconstrainedError":
      return "no-microphone";
    default:
      return "busy-microphone";
  }
}
