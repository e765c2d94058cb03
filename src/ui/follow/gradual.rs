//! Elements that are made some a task: a screenful at once would keep a frame waiting. What is made is the component's.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::worker::task::next_task;

/// False now, and true from the next task on: for what is to be made then.
pub fn next_task_on() -> ReadSignal<bool> {
    let (is_time, set) = signal(false);
    spawn_local(async move {
        next_task().await;
        // The component may have gone meanwhile.
        set.try_set(true);
    });
    is_time
}

/// How many elements may stand so far: `step` more each task, until `most`, and all from then on.
pub fn some_a_task(step: usize, most: usize) -> ReadSignal<usize> {
    let (allowed, allow) = signal(step);
    spawn_local(async move {
        let mut next = step;
        while next < most {
            next_task().await;
            next += step;
            let is_done = next >= most;
            // The component may have gone meanwhile.
            if allow.try_set(if is_done { usize::MAX } else { next }).is_some() {
                return;
            }
        }
        allow.try_set(usize::MAX);
    });
    allowed
}
