//! Asking a backend for a small answer: sends, waits where the backend asks for it, and puts failures into words.

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use web_sys::AbortSignal;

use crate::source::backend::{Backend, Kind, Request};
use crate::source::failure::{Answered, Failure, of_status};
use crate::source::fetch::{self, NoReply};
use crate::source::nobody::answers_for_nobody;
use crate::state::reach::{forget, reach};
use crate::state::tempo::{as_get, without_status};

/// How often a question is put again that the backend had no room for. Reading twice does no harm.
const MOST_RETRIES: u32 = 2;
/// Without a `Retry-After`.
const RETRY_AFTER_S: u32 = 2;
/// A backend that asks for a longer wait is told to the reader instead.
const LONGEST_WAIT_S: u32 = 30;

/// Why there is no answer.
pub enum NoAnswer {
    /// Superseded or cancelled: nobody wants to know.
    Aborted,
    Failed(Box<Failure>),
    /// 400: the question is not one that this source takes.
    Refused(Box<Failure>),
}

/// Hears in words what is waited for, and `None` when that is over.
pub type OnWait<'f> = &'f dyn Fn(Option<String>);

/// The body of a 200. `on_wait` hears in words what is waited for, and `None` when that is over.
pub async fn ask(
    backend: &Backend,
    request: &Request,
    signal: &AbortSignal,
    on_wait: OnWait<'_>,
) -> Result<Vec<u8>, NoAnswer> {
    if let Err(failure) = reach(backend).await {
        return Err(if signal.aborted() { NoAnswer::Aborted } else { NoAnswer::Failed(failure) });
    }
    if signal.aborted() {
        return Err(NoAnswer::Aborted);
    }
    let mut retries = 0;
    loop {
        let reply = match fetch::get(&as_get(request), signal, &|_, _| {}).await {
            Ok(reply) => reply,
            Err(NoReply::Aborted) => return Err(NoAnswer::Aborted),
            Err(NoReply::NoStatus(_)) => {
                forget(backend);
                let failure = without_status(&backend.asked(request), &backend.probe_url()).await;
                return Err(if signal.aborted() { NoAnswer::Aborted } else { NoAnswer::Failed(Box::new(failure)) });
            }
        };
        if signal.aborted() {
            return Err(NoAnswer::Aborted);
        }
        let answered = Answered {
            status: reply.status,
            content_type: &reply.content_type,
            body: &reply.head,
            final_url: &reply.url,
        };
        let is_nobody = answers_for_nobody(&answered);
        if is_nobody {
            forget(backend);
        }
        let wait_s = reply.retry_after_s.unwrap_or(RETRY_AFTER_S);
        if matches!(reply.status, 429 | 503) && !is_nobody && retries < MOST_RETRIES && wait_s <= LONGEST_WAIT_S {
            retries += 1;
            on_wait(Some(format!(
                "{} answered {}; asking again in {wait_s} s ({retries} of {MOST_RETRIES})",
                backend.name, reply.status
            )));
            fetch::pause(i32::try_from(wait_s * 1000).unwrap_or(i32::MAX)).await;
            on_wait(None);
            if signal.aborted() {
                return Err(NoAnswer::Aborted);
            }
            continue;
        }
        let is_page = crate::source::failure::is_html(&reply.head, &reply.content_type);
        if reply.status != 200 || is_page {
            let failure = Box::new(of_status(&backend.asked(request), answered));
            return Err(if reply.status == 400 { NoAnswer::Refused(failure) } else { NoAnswer::Failed(failure) });
        }
        return match fetch::bytes_of(&reply.body).await {
            Some(bytes) => Ok(bytes),
            None => Err(NoAnswer::Failed(Box::new(unread(backend, "The answer broke off on its way.".to_owned())))),
        };
    }
}

/// Several questions at once; the first that has no answer ends them all.
pub async fn answers_of(
    backend: &Backend,
    requests: &[Request],
    signal: &AbortSignal,
    on_wait: OnWait<'_>,
) -> Result<Vec<Vec<u8>>, NoAnswer> {
    let asked: Vec<_> = requests.iter().map(|request| ask(backend, request, signal, on_wait)).collect();
    all(asked).await.into_iter().collect()
}

/// Several things at once: done when all are, in their order.
pub async fn all<F: Future>(things: Vec<F>) -> Vec<F::Output> {
    let mut things: Vec<_> = things.into_iter().map(|thing| (Box::pin(thing), None)).collect();
    poll_fn(move |context| {
        for (thing, came) in things.iter_mut().filter(|(_, came)| came.is_none()) {
            if let Poll::Ready(done) = thing.as_mut().poll(context) {
                *came = Some(done);
            }
        }
        match things.iter().all(|(_, came)| came.is_some()) {
            true => Poll::Ready(things.iter_mut().filter_map(|(_, came)| came.take()).collect()),
            false => Poll::Pending,
        }
    })
    .await
}

/// Two things at once: done when both are.
pub async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut of_a, mut of_b) = (None, None);
    poll_fn(move |context| {
        if of_a.is_none()
            && let Poll::Ready(done) = a.as_mut().poll(context)
        {
            of_a = Some(done);
        }
        if of_b.is_none()
            && let Poll::Ready(done) = b.as_mut().poll(context)
        {
            of_b = Some(done);
        }
        match (of_a.take(), of_b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (of_a, of_b) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

/// An answer that came and is not what it should be.
pub fn unread(backend: &Backend, words: String) -> Failure {
    Failure {
        title: format!("{} answered what is no answer", backend.name),
        what: words,
        advice: vec![format!(
            "Check that the source's `{}` leads to a {}, and not to a proxy that changes its answers.",
            if backend.kind == Kind::Tempo { "url" } else { "prometheus" },
            backend.kind.name()
        )],
        retry: true,
        ..Failure::default()
    }
}
