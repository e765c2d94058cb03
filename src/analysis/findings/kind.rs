//! The kinds of findings: their names, and in words what each rule looks for and what usually mends it. The rules themselves are
//! beside this file; their thresholds are in `docs/findings.md`.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    Error,
    RepeatedCalls,
    DuplicateCalls,
    ChattyServices,
    Retries,
    Timeout,
    Straggler,
    SerialCalls,
    SlowPart,
    ConnectionWait,
    UninstrumentedTime,
    SelfTimeOutlier,
    BrokenPropagation,
    UnansweredCall,
    ClockSkew,
    FailureWithoutStatus,
    SecretInAttribute,
    MissingServiceName,
    UnsetKind,
    VaryingSpanNames,
}

/// What is said of a kind.
pub struct Words {
    /// As the report, `config.json` and find name it.
    pub name: &'static str,
    /// As the page heads it.
    pub title: &'static str,
    /// What the rule looks for, with its thresholds.
    pub rule: &'static str,
    /// What usually mends it.
    pub fix: &'static str,
}

impl FindingKind {
    pub const ALL: [FindingKind; 20] = [
        FindingKind::Error,
        FindingKind::RepeatedCalls,
        FindingKind::DuplicateCalls,
        FindingKind::ChattyServices,
        FindingKind::Retries,
        FindingKind::Timeout,
        FindingKind::Straggler,
        FindingKind::SerialCalls,
        FindingKind::SlowPart,
        FindingKind::ConnectionWait,
        FindingKind::UninstrumentedTime,
        FindingKind::SelfTimeOutlier,
        FindingKind::BrokenPropagation,
        FindingKind::UnansweredCall,
        FindingKind::ClockSkew,
        FindingKind::FailureWithoutStatus,
        FindingKind::SecretInAttribute,
        FindingKind::MissingServiceName,
        FindingKind::UnsetKind,
        FindingKind::VaryingSpanNames,
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.words().name == name)
    }

    pub fn words(self) -> &'static Words {
        match self {
            FindingKind::Error => &Words {
                name: "error",
                title: "Error",
                rule: "A failed span without a failed span below it is the first cause; the failed spans above it are its symptoms. Causes of one operation with one message are told once.",
                fix: "Mend the cause; what failed above it failed because of it.",
            },
            FindingKind::RepeatedCalls => &Words {
                name: "repeated_calls",
                title: "Repeated calls (N+1)",
                rule: "Five or more calls of one operation below one parent, or one below each of five or more siblings. A warning from 10 calls below one parent and 5 % of the critical path on.",
                fix: "Ask once for all: a join, WHERE … IN, a bulk endpoint, a data loader; or at least in parallel.",
            },
            FindingKind::DuplicateCalls => &Words {
                name: "duplicate_calls",
                title: "Duplicate calls",
                rule: "One service reads the same thing, with the same arguments, twice or more in one trace.",
                fix: "Keep the first answer for as long as the request lasts.",
            },
            FindingKind::ChattyServices => &Words {
                name: "chatty_services",
                title: "Chatty services",
                rule: "One service calls another 20 times or more, and half of the calls take less than 10 ms.",
                fix: "Let one coarser call carry what the many do, or move what talks so much closer together.",
            },
            FindingKind::Retries => &Words {
                name: "retries",
                title: "Retries",
                rule: "A failed call that a later one of the same operation, below the same parent, repeats.",
                fix: "Look at why the first attempt fails; bound the attempts, wait longer between them each time, and give the whole a deadline.",
            },
            FindingKind::Timeout => &Words {
                name: "timeout",
                title: "Timeout",
                rule: "A failed span that says it ran out of time: by its error type, message, exception, or HTTP or gRPC status.",
                fix: "See what the called side did meanwhile; a deadline that is handed on stops it too.",
            },
            FindingKind::Straggler => &Words {
                name: "straggler",
                title: "Straggler",
                rule: "Of four or more calls side by side, one ends later than all others by 30 % of the time that they take together.",
                fix: "Answer without the slowest, hedge it with a second request, or give it a deadline.",
            },
            FindingKind::SerialCalls => &Words {
                name: "serial_calls",
                title: "Serial reads",
                rule: "Three or more different reads below one parent, one after another, with no write between: 10 % of the critical path or more.",
                fix: "If none needs what another read, start them together.",
            },
            FindingKind::SlowPart => &Words {
                name: "slow_part",
                title: "Slow part",
                rule: "One call, or the own time of one span, is more than half of the critical path. Every request has a largest part; the page adds whether it is unusual beside other traces.",
                fix: "This is where time is to be won; nothing else can win as much.",
            },
            FindingKind::ConnectionWait => &Words {
                name: "connection_wait",
                title: "Waiting for connections",
                rule: "Waiting for a connection of a pool, or opening one, is 5 % of the critical path or more. A warning from 25 % on.",
                fix: "Keep connections open and warm, make the pool larger, or hold each connection for less long.",
            },
            FindingKind::UninstrumentedTime => &Words {
                name: "uninstrumented_time",
                title: "Time without spans",
                rule: "A stretch of the critical path, 10 % of it or more, that no span says anything about.",
                fix: "A span around what happens there tells more; between caller and called service, look at queues and connections.",
            },
            FindingKind::SelfTimeOutlier => &Words {
                name: "self_time_outlier",
                title: "Outlier",
                rule: "Of ten or more spans of one operation, those with more than 5 times the median self time, on 5 % of the critical path or more.",
                fix: "Compare their attributes with those of the quick ones: a lock, a cold cache, a larger input.",
            },
            FindingKind::BrokenPropagation => &Words {
                name: "broken_propagation",
                title: "Broken propagation",
                rule: "A span whose parent is not in the trace, a second root, or a root that something must have called.",
                fix: "Follow the trace context from the caller on: does it set traceparent, does what lies between pass it on, does the called side read it?",
            },
            FindingKind::UnansweredCall => &Words {
                name: "unanswered_call",
                title: "Unanswered call",
                rule: "A call to something inside, or a message, without a span on the other side.",
                fix: "Instrument the called side, or see that what lies between passes traceparent on.",
            },
            FindingKind::ClockSkew => &Words {
                name: "clock_skew",
                title: "Clock skew",
                rule: "Spans start before what called them, or calls begin after their caller had its answer: two clocks disagree.",
                fix: "Synchronise the clocks (NTP, chrony). Until then do not compare times across these two.",
            },
            FindingKind::FailureWithoutStatus => &Words {
                name: "failure_without_status",
                title: "Failure without status",
                rule: "An HTTP status of 500 or more, or an exception, on a span whose status is not ERROR.",
                fix: "Set the span's status to ERROR: searches, error rates and sampling go by it.",
            },
            FindingKind::SecretInAttribute => &Words {
                name: "secret_in_attribute",
                title: "Secret in an attribute",
                rule: "A value that looks like a token, a password, a private key or a payment card's number, or stands under such a key.",
                fix: "Take it out where it is set, or redact it in the Collector; what was stored is known to all who can read traces, so change the secret.",
            },
            FindingKind::MissingServiceName => &Words {
                name: "missing_service_name",
                title: "Service name missing",
                rule: "Spans without service.name, or with the SDK's unknown_service.",
                fix: "Set OTEL_SERVICE_NAME, or service.name as a resource attribute.",
            },
            FindingKind::UnsetKind => &Words {
                name: "unset_kind",
                title: "Span kind unset",
                rule: "Spans of kind UNSPECIFIED among spans that say theirs.",
                fix: "Set the kind where the span is made; without it calls between services cannot be told from work inside.",
            },
            FindingKind::VaryingSpanNames => &Words {
                name: "varying_span_names",
                title: "Varying span names",
                rule: "Ten or more span names that differ only in numbers or ids.",
                fix: "Put the id into an attribute and the template into the name.",
            },
        }
    }
}
