// Made by tools/openapi_types.py from repartee/server/api/openapi.json: change that, then run it again.

/** A rule over the last day's figures, and what it says now; times are milliseconds since the epoch */
export type Alert = {
  id: string;
  /** May be empty */
  name: string;
  /** Percentiles in milliseconds, rates in percent of turns and of the services' calls; calls: fewer than the threshold */
  metric: "reply_p50" | "reply_p95" | "stt_p95" | "llm_p95" | "tts_p95" | "barge_in_rate" | "error_rate" | "calls";
  threshold: number;
  /** Minutes that the figure is of */
  window: number;
  muted: boolean;
  /** Of the newest window; null without a figure */
  value: number | null;
  /** The newest window is beyond the threshold */
  firing: boolean;
  /** When it was beyond, oldest first */
  periods: AlertPeriod[];
};

export type AlertPeriod = {
  from: number;
  to: number;
};

/** All recordings of a conversation */
export type Audio = {
  recordings: Recording[];
};

/** A session or a caller with the sums of its calls */
export type CallGroup = {
  id: string;
  /** Start of the first call */
  first: number;
  /** Start of the latest call */
  last: number;
  calls: number;
  turns: number;
  barge_ins: number;
  errors: number;
  /** Milliseconds of all calls together */
  length: number;
  /** USD */
  cost: number | null;
  /** Milliseconds */
  reply_max: number | null;
  /** Of the latest call */
  environment: string;
  last_line: string;
};

/** The latest first */
export type CallGroupPage = {
  rows: CallGroup[];
  next_cursor: string | null;
  total: number;
};

export type ChangedProject = {
  name?: string;
  /** null: for ever; else 3 to 36500 */
  retention_days?: number | null;
};

export type Comment = {
  id: string;
  author: string | null;
  content: string;
  /** Milliseconds from the start of the conversation; null: of the whole */
  at: number | null;
  time: number | null;
};

/** A part of the time between the caller's last word and the bot's first sound */
export type Contribution = {
  name: string;
  /** Who owns the time; unattributed: measured as a whole, by nobody in particular */
  owner: "service" | "setting" | "bot" | "pipeline" | "tool" | "unattributed";
  stage: "wait" | "stt" | "llm" | "tool" | "aggregation" | "tts" | "transport" | "unattributed";
  /** Milliseconds, from the moment the caller stopped */
  from: number;
  /** Milliseconds */
  duration: number;
  detail: string;
};

export type ErrorBody = {
  error: {
    message: string;
    /** What to do */
    fix?: string;
    /** For what the page acts on: sign_in shows the form, first_user tells how to make one, csrf asks for the session again, deleted for the tombstone */
    code?: "sign_in" | "first_user" | "wrong_credentials" | "too_many_attempts" | "csrf" | "role" | "deleted";
    request_id: string;
  };
};

/** How many lie below this end and not below the one before */
export type FacetBar = {
  /** null: no end */
  to: number | null;
  count: number;
};

export type FacetCount = {
  value: string;
  count: number;
  /** Of releases and versions: start of the earliest conversation that was counted, milliseconds since the epoch */
  first?: number;
};

/** How many conversations have what; at most 50 values each, the most frequent first */
export type Facets = {
  total: number;
  /** Milliseconds since the epoch; null when all were counted */
  searched_from: number | null;
  /** With turns */
  voice: number;
  /** With a recording that is here */
  audio: number;
  /** With barge-ins */
  barge_ins: number;
  outcome: FacetCount[];
  environment: FacetCount[];
  release: FacetCount[];
  version: FacetCount[];
  tag: FacetCount[];
  /** Of reply_p95, milliseconds */
  reply: FacetBar[];
  barge_ins_per_call: FacetBar[];
  stt: FacetCount[];
  llm: FacetCount[];
  tts: FacetCount[];
  /** Names of scores */
  score: FacetCount[];
  /** Words of the score that is asked for */
  score_word: FacetCount[];
  /** Its numbers; empty if it has none */
  score_bars: FacetBar[];
  /** Among so many conversations, the newest, services were counted */
  services_of: number;
};

/** A turn of any conversation */
export type FoundTurn = {
  conversation_id: string;
  /** Of the conversation */
  title: string;
  number: number;
  /** As on the tracing page: turn-3 */
  label: string;
  /** Milliseconds since the epoch */
  start: number;
  /** Milliseconds */
  reply: number;
  contributions: Contribution[];
};

/** The slowest first */
export type FoundTurns = {
  turns: FoundTurn[];
};

/** How many replies of which length there were when */
export type Heatmap = {
  /** Milliseconds since the epoch */
  from: number;
  /** Milliseconds since the epoch */
  to: number;
  /** Later than from when there was too much to look at */
  searched_from: number;
  /** Milliseconds */
  step: number;
  /** Start of each step, milliseconds since the epoch */
  time: number[];
  /** Milliseconds, ascending: ends of the rows; one more row has no end */
  edges: number[];
  /** Of each step the rows from the fastest on */
  count: number[][];
};

export type Key = {
  id: string;
  note: string;
  public_key: string;
  /** As sk-lf-...abcd */
  display_secret_key: string;
  /** Milliseconds since the epoch */
  created: number;
  /** Milliseconds since the epoch; null: never */
  last_used: number | null;
};

export type Limit = {
  name: string;
  most: number;
  unit: string;
};

/** A span of any trace */
export type ListedSpan = {
  /** Its trace's id */
  trace: string;
  trace_title: string;
  turn_number: number | null;
  /** service.name of its resource */
  service: string | null;
  /** What says most of it in a few words */
  summary: string;
  span: Span;
};

export type MadeKey = Key & {
  /** Shown this once */
  secret_key: string;
};

export type Member = User & {
  /** Milliseconds since the epoch */
  created: number;
  /** Milliseconds since the epoch; null: never */
  last_sign_in: number | null;
  is_you: boolean;
};

export type NewAlert = {
  name?: string;
  /** Percentiles in milliseconds, rates in percent of turns and of the services' calls; calls: fewer than the threshold */
  metric: "reply_p50" | "reply_p95" | "stt_p95" | "llm_p95" | "tts_p95" | "barge_in_rate" | "error_rate" | "calls";
  threshold: number;
  /** 15 if left out */
  window?: number;
};

export type NewComment = {
  content: string;
  at?: number;
};

export type NewKey = {
  /** What it is for */
  note: string;
};

export type NewMember = {
  email: string;
  name?: string;
  /** May be left out for one who has an account in another organization */
  password?: string;
  role: Role;
};

export type NewPrice = {
  name: string;
  /** The name itself, in any case, if left out */
  pattern?: string;
  /** SECONDS and MILLISECONDS price speech to text, CHARACTERS text to speech */
  unit?: "CHARACTERS" | "TOKENS" | "MILLISECONDS" | "SECONDS" | "IMAGES" | "REQUESTS";
  /** USD a unit */
  input_price?: number;
  /** USD a unit */
  output_price?: number;
  /** USD a unit; alone */
  total_price?: number;
};

export type NewProject = {
  name: string;
  /** null: for ever; else 3 to 36500 */
  retention_days?: number | null;
};

export type NewRecordingDays = {
  /** null: as long as their traces */
  recording_days: number | null;
};

export type NewScore = {
  name: string;
  value: number | string;
  comment?: string;
  at?: number;
};

/** What people and programs say of a conversation */
export type Notes = {
  scores: Score[];
  comments: Comment[];
};

export type Organization = {
  id: string;
  name: string;
};

/** Least and greatest sample of each step */
export type Peaks = {
  /** Milliseconds from the first sample */
  from: number;
  /** Milliseconds */
  step: number;
  /** A channel each: base64 of signed bytes, least and greatest of each step */
  channels: string[];
};

export type Price = {
  id: string;
  name: string;
  /** Regular expression over the model's name */
  pattern: string;
  unit: "CHARACTERS" | "TOKENS" | "MILLISECONDS" | "SECONDS" | "IMAGES" | "REQUESTS";
  /** USD a unit, by usage key, of the default tier */
  prices: Record<string, number>;
  tiers: number;
  /** Of this project; built-in ones cannot be removed */
  own: boolean;
};

export type Project = {
  id: string;
  name: string;
};

/** Sound that belongs to a conversation */
export type Recording = {
  id: string;
  content_type: string;
  bytes: number;
  /** False while it is announced only */
  uploaded: boolean;
  /** Bytes that have arrived of one that is being uploaded now */
  received: number | null;
  /** Of its first sample, milliseconds since the epoch */
  start: number;
  /** Both: caller left, bot right */
  lane: "caller" | "bot" | "both";
  channels: number | null;
  /** Hz */
  rate: number | null;
  /** Milliseconds; null when it is no WAV file */
  duration: number | null;
};

export type RecordingRoom = {
  count: number;
  bytes: number;
};

/** What replies were spent on, over all turns that were looked at */
export type ReplyPart = {
  name: string;
  /** Who owns the time; unattributed: measured as a whole, by nobody in particular */
  owner: "service" | "setting" | "bot" | "pipeline" | "tool" | "unattributed";
  stage: "wait" | "stt" | "llm" | "tool" | "aggregation" | "tts" | "transport" | "unattributed";
  /** Milliseconds, over all turns */
  mean: number;
  /** Milliseconds, of the turns that have it */
  p50: number | null;
  /** Milliseconds */
  p95: number | null;
};

/** Of turns sampled evenly over the range; the parts of a turn sum to its reply */
export type ReplyParts = {
  /** Looked at */
  turns: number;
  parts: ReplyPart[];
  /** Start of each step, milliseconds since the epoch */
  time: number[];
  stages: StageCourse[];
};

export type Retention = {
  /** The project's own, 0: for ever; null: the server's default */
  retention_days: number | null;
  /** Of projects without their own; null: for ever */
  default_days: number | null;
  /** Those that the figures are for; null: for ever */
  days: number | null;
  /** That would be deleted */
  traces: number;
  /** That would be free on the disk */
  bytes: number;
  /** null: as long as their traces */
  recording_days: number | null;
  recordings: RecordingRoom;
  freed_recordings: RecordingRoom;
};

/** A viewer sees everything; a member also makes keys and prices, scores and comments; an owner also manages people, projects and retention */
export type Role = "owner" | "member" | "viewer";

export type Score = {
  id: string;
  name: string;
  comment: string | null;
  value: number;
  type: string;
  /** The category, or True and False */
  text: string | null;
  source: "API" | "EVAL" | "ANNOTATION";
  span: string | null;
  /** Milliseconds from the start of the conversation; null: of the whole */
  at: number | null;
  time: number | null;
};

export type Server = {
  version: string;
  /** Milliseconds since the epoch */
  started: number;
  ports: {
    http: number | null;
    otlp_http: number | null;
    otlp_grpc: number | null;
  };
  data: {
    /** null for keys, which need not know */
    folder: string | null;
    bytes: number | null;
    free_bytes: number | null;
  };
  limits: Limit[];
};

export type Session = {
  version: string;
  project: Project;
  projects: Project[];
  organization: Organization;
  public_key: string;
  endpoints: {
    http: string;
    otlp_http: string | null;
    otlp_grpc: string | null;
  };
  /** Origin of the agent that the dashboard talks with: its page, /api/agent and /ws */
  talk_url: string | null;
  /** False until the project has its first trace */
  has_traces: boolean;
  user: User | null;
  role: Role;
  /** Goes back as X-CSRF-Token with every request that changes something; empty for keys, which need none */
  csrf_token: string;
};

export type SettingsProject = {
  id: string;
  name: string;
  organization: Organization;
  /** As it is kept; null: for ever */
  retention_days: number | null;
  /** The project does not say: it is kept as long as the server keeps those */
  retention_is_default: boolean;
  /** Milliseconds since the epoch */
  created: number;
};

export type SignIn = {
  email: string;
  password: string;
};

export type SignedIn = {
  user: User;
  csrf_token: string;
};

/** Times are milliseconds since the epoch; null is not known */
export type Span = {
  id: string;
  parent: string | null;
  /** The span of the turn it belongs to, if any; null in lists over many traces */
  turn: string | null;
  name: string;
  /** As on the tracing page: stt_deepgramsttservice, for ours and for real Pipecat's */
  label: string;
  type: string;
  level: "DEBUG" | "DEFAULT" | "WARNING" | "ERROR";
  stage: "conversation" | "turn" | "stt" | "llm" | "tts" | "tool" | null;
  start: number;
  end: number | null;
  /** Still open: a later span with the same id ends it */
  provisional: boolean;
  interrupted: boolean;
  provider: string | null;
  model: string | null;
  /** Milliseconds */
  ttfb: number | null;
  /** USD */
  cost: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
};

/** Newest first */
export type SpanPage = {
  rows: ListedSpan[];
  next_cursor: string | null;
  /** Counted for the first page */
  total: number | null;
  took_ms: number;
};

export type SpanPoint = {
  trace: string;
  span: string;
  start: number;
  duration: number;
  type: string;
  stage: "conversation" | "turn" | "stt" | "llm" | "tts" | "tool" | null;
  error: boolean;
};

/** The newest 2,000 spans that fit */
export type SpanPoints = {
  points: SpanPoint[];
};

export type StageCourse = {
  stage: "wait" | "stt" | "llm" | "tool" | "aggregation" | "tts" | "transport" | "unattributed";
  /** Milliseconds; null where no turn was */
  mean: (number | null)[];
};

/** What stays for a while of a conversation that was deleted; times are milliseconds since the epoch */
export type Tombstone = {
  start: number;
  end: number;
  turns: number;
  deleted: number;
};

export type Unpriced = {
  model: string;
  provider: string | null;
  stage: "stt" | "llm" | "tts";
  /** In the last 7 days */
  spans: number;
  /** Milliseconds since the epoch */
  last: number;
};

export type User = {
  id: string;
  email: string;
  name: string;
  role: Role;
};
