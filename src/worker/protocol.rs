//! What the page and the worker say to each other, as types. They travel as JSON; bulk (columns, matches, files) travels
//! beside it as transferred buffers or `Blob`s, in the order that each message names.

use serde::{Deserialize, Serialize};

use super::seal::Said;
use crate::analysis::Scope;
use crate::analysis::connectors::ConnectorRows;
use crate::analysis::details::{Section, SpanDetails};
use crate::analysis::findings::{FindingKind, FindingLine};
use crate::analysis::other_half::Clues;
use crate::analysis::preview::Preview;
use crate::analysis::propagation_matrix::MatrixRows;
use crate::analysis::redact::{Redaction, Rules};
use crate::analysis::sampling::{self, Plan};
use crate::analysis::service_map::ServiceMap;
use crate::analysis::statistics::{KeyLine, StatRow, Statistics};
use crate::analysis::unusual::{Against, Like, Others};
use crate::decode::{Outcome, Progress};
use crate::layout::map_picture::{MapPicture, MapWanted};
use crate::model::outline::{Headline, ServiceLine};
use crate::model::summary::TraceSummary;

/// What many traces say together is told of so many at most, the first of a file.
pub const MOST_ACROSS: usize = 5_000;

/// How the spans of the open trace are to stand.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Arrangement {
    /// Traces of the set whose spans stand beside, on the same time axis.
    pub beside: Vec<String>,
    /// Whether clocks that disagree are put right.
    pub clocks_right: bool,
}

/// What is written of the open trace.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Export {
    OtlpJson,
    OtlpProtobuf,
    JaegerJson,
    /// The table of statistics as CSV; `by` and `order` as the address writes them.
    Statistics {
        scope: Scope,
        by: String,
        order: String,
    },
    /// Spans as CSV. They travel beside, and where find looks for something what it has marked, each ascending as one `u32`
    /// column.
    Spans,
}

/// From the page. `id` comes back with the answer; a newer find supersedes an older one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Read these files into one set; their `Blob`s travel beside, in this order, or their bytes after [`Tell::NoBlobs`]. `trace` opens that trace of the set
    /// (hex), otherwise a set of one trace opens it and a set of several answers with a list.
    /// `said` is what a saved file says of it.
    Load { files: Vec<String>, trace: Option<String>, arrangement: Arrangement, said: Option<Box<Said>> },
    /// Open one trace of the set that was loaded.
    Open { trace: String, arrangement: Arrangement },
    /// Nobody waits for the answer to this question any more. One that is answered in slices is given up.
    GiveUp { id: u32 },
    /// What the details panel shows of a span.
    Details { id: u32, span: u32 },
    /// A value that the details cut.
    FullValue { id: u32, span: u32, section: Section, index: u32 },
    /// Spans that match; answered by `Found`, in pieces.
    Find { id: u32, text: String },
    /// Traces of the set that match, for the list.
    FindTraces { id: u32, text: String },
    /// What is wrong with the trace.
    Findings { id: u32 },
    /// By what the other half of a span would be found.
    OtherHalf { id: u32, span: u32 },
    /// By what spans of the same operation would be found in other traces.
    Like { id: u32, span: u32 },
    /// How long spans of an operation take in the other traces of the set.
    Others { id: u32, like: Box<Like>, against: Against },
    /// The report, as JSON text, without findings of the kinds that are `off`.
    Report { id: u32, off: Vec<FindingKind> },
    /// The trace as it is handed over, without what `rules` take out, and `texts` without it too. A trial tells what would be taken out;
    /// otherwise the trace travels beside the answer, as OTLP protobuf.
    Seal { id: u32, rules: Box<Rules>, texts: Vec<String>, is_trial: bool },
    /// The trace, or a table of it, to be taken along; the bytes travel beside the answer.
    Export { id: u32, format: Export },
    /// Spans merged by service and operation. The folded ones travel beside, ascending, as one `u32` column.
    CallTree { id: u32, scope: Scope },
    /// Rows of the flame chart's boxes; their starts, ends and parents travel beside.
    Pack { id: u32 },
    /// Figures by group; `by` as the address writes it.
    Statistics { id: u32, scope: Scope, by: String },
    /// What spans may be grouped by.
    AttributeKeys { id: u32, scope: Scope },
    /// The service map, placed.
    Map { id: u32, scope: Scope, wanted: MapWanted },
    /// The map of all traces of the set together.
    SampleMap { id: u32 },
    /// What all traces of the set say of each connector, by what they are grouped.
    Connectors { id: u32, by: String },
    /// Whose context survived, of all traces of the set.
    Propagation { id: u32 },
    /// What a plan of sampling would keep of the traces of the set.
    Sampling { id: u32, plan: Box<Plan> },
    /// A map that is there already, placed; `over_s` as [`MapPicture::over_s`].
    PlaceMap { id: u32, map: Box<ServiceMap>, wanted: MapWanted, over_s: Option<u64> },
    /// The five-line summary. `link` is the link to this view.
    Markdown { id: u32, link: String },
}

/// What came of one file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FileOutcome {
    pub name: String,
    pub size: u64,
    pub outcome: Outcome,
}

/// From the worker.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Tell {
    /// The worker listens; what is posted before is lost.
    Ready,
    /// This worker may not read a `Blob`: the same question again, with bytes.
    NoBlobs,
    /// The program in the worker failed, and answers nothing any more: the panic's message and place.
    Panicked {
        words: String,
    },
    /// While reading: which file of how many, and how far.
    Progress {
        file: String,
        total: u64,
        progress: Progress,
    },
    /// While reading: what can be seen of it already, at most four times a second.
    Preview(Box<Preview>),
    /// Everything is read. An outline follows when one trace was asked for or found.
    Loaded {
        files: Vec<FileOutcome>,
        traces: Vec<TraceSummary>,
    },
    /// The trace asked for is not in the set.
    NoSuchTrace {
        trace: String,
    },
    /// An outline. Its columns follow one by one, as `Outline::into_columns` orders them: each is a task of its own on the
    /// page.
    Outline {
        headline: Headline,
        services: Vec<ServiceLine>,
        first_error: Option<u32>,
        columns: u32,
    },
    /// The next column of an outline, beside.
    Column,
    Details {
        id: u32,
        details: Option<Box<SpanDetails>>,
    },
    FullValue {
        id: u32,
        value: Option<String>,
    },
    /// Matching spans, ascending, as one `u32` column beside. `done` with the last piece; `notes` on terms that could
    /// not be read.
    Found {
        id: u32,
        done: bool,
        notes: Vec<String>,
    },
    /// Indexes into `Loaded::traces`.
    FoundTraces {
        id: u32,
        traces: Vec<u32>,
        notes: Vec<String>,
    },
    OtherHalf {
        id: u32,
        clues: Option<Box<Clues>>,
    },
    Like {
        id: u32,
        like: Option<Box<Like>>,
    },
    /// `None` where too few others are known.
    Others {
        id: u32,
        others: Option<Others>,
    },
    /// The dearest first; their spans one after another as one `u32` column beside.
    Findings {
        id: u32,
        findings: Vec<FindingLine>,
    },
    /// `trace` is the trace it is of: the one that was open when the worker heard the question.
    Report {
        id: u32,
        trace: String,
        json: String,
    },
    /// The bytes travel beside; `trace` as in [`Tell::Report`].
    Export {
        id: u32,
        trace: String,
    },
    /// `bytes` is how large the trace is.
    Sealed {
        id: u32,
        said: Box<Said>,
        texts: Vec<String>,
        redaction: Redaction,
        bytes: u64,
    },
    /// A newer question of the kind came before this one was answered.
    Superseded {
        id: u32,
    },
    /// Beside: the row of each box, and the boxes row by row.
    Pack {
        id: u32,
    },
    /// The columns of a `CallTree` beside.
    CallTree {
        id: u32,
    },
    /// Some rows of the table that the next `Statistics` ends: thousands of rows at once would hold the page up.
    StatRows {
        id: u32,
        rows: Vec<StatRow>,
    },
    /// The last rows, and all that is not rows. The row of each span beside.
    Statistics {
        id: u32,
        statistics: Statistics,
    },
    AttributeKeys {
        id: u32,
        keys: Vec<KeyLine>,
    },
    SampleMap {
        id: u32,
        map: Box<ServiceMap>,
        traces: u32,
    },
    Connectors {
        id: u32,
        rows: Box<ConnectorRows>,
    },
    Propagation {
        id: u32,
        rows: Box<MatrixRows>,
    },
    /// `keys` are attributes that a policy can go by.
    Sampling {
        id: u32,
        outcome: Box<sampling::Outcome>,
        config: String,
        keys: Vec<String>,
    },
    /// The span of each call beside, by edge; and the edges that are not drawn, packed.
    Map {
        id: u32,
        picture: Box<MapPicture>,
    },
    /// `trace` as in [`Tell::Report`].
    Markdown {
        id: u32,
        trace: String,
        text: String,
    },
}

impl Ask {
    /// Questions of which only the newest matters are put off until the worker has heard what else there is: their kind,
    /// below [`Ask::KINDS`], and their id.
    pub fn follows(&self) -> Option<(usize, u32)> {
        match self {
            Ask::Pack { id } => Some((0, *id)),
            Ask::CallTree { id, .. } => Some((1, *id)),
            Ask::Statistics { id, .. } => Some((2, *id)),
            Ask::AttributeKeys { id, .. } => Some((3, *id)),
            Ask::Map { id, .. } | Ask::PlaceMap { id, .. } => Some((4, *id)),
            Ask::Connectors { id, .. } | Ask::Propagation { id } | Ask::Sampling { id, .. } => Some((5, *id)),
            Ask::Seal { id, is_trial: true, .. } => Some((6, *id)),
            _ => None,
        }
    }

    pub const KINDS: usize = 7;

    /// The same question under this number.
    pub fn numbered(mut self, number: u32) -> Self {
        match &mut self {
            Ask::Load { .. } | Ask::Open { .. } | Ask::GiveUp { .. } => {}
            Ask::Details { id, .. }
            | Ask::FullValue { id, .. }
            | Ask::Find { id, .. }
            | Ask::FindTraces { id, .. }
            | Ask::Findings { id }
            | Ask::OtherHalf { id, .. }
            | Ask::Like { id, .. }
            | Ask::Others { id, .. }
            | Ask::Report { id, .. }
            | Ask::Seal { id, .. }
            | Ask::Export { id, .. }
            | Ask::CallTree { id, .. }
            | Ask::Pack { id }
            | Ask::Statistics { id, .. }
            | Ask::AttributeKeys { id, .. }
            | Ask::Map { id, .. }
            | Ask::SampleMap { id }
            | Ask::Connectors { id, .. }
            | Ask::Propagation { id }
            | Ask::Sampling { id, .. }
            | Ask::PlaceMap { id, .. }
            | Ask::Markdown { id, .. } => *id = number,
        }
        self
    }
}

impl Tell {
    /// The question this answers, if it answers one.
    pub fn id(&self) -> Option<u32> {
        match self {
            Tell::Details { id, .. }
            | Tell::FullValue { id, .. }
            | Tell::Found { id, .. }
            | Tell::FoundTraces { id, .. }
            | Tell::Findings { id, .. }
            | Tell::OtherHalf { id, .. }
            | Tell::Like { id, .. }
            | Tell::Others { id, .. }
            | Tell::Report { id, .. }
            | Tell::Sealed { id, .. }
            | Tell::Export { id, .. }
            | Tell::Superseded { id }
            | Tell::Pack { id }
            | Tell::CallTree { id }
            | Tell::StatRows { id, .. }
            | Tell::Statistics { id, .. }
            | Tell::AttributeKeys { id, .. }
            | Tell::Map { id, .. }
            | Tell::SampleMap { id, .. }
            | Tell::Connectors { id, .. }
            | Tell::Propagation { id, .. }
            | Tell::Sampling { id, .. }
            | Tell::Markdown { id, .. } => Some(*id),
            _ => None,
        }
    }
}
